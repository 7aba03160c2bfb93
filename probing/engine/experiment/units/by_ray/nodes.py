"""The nodes of a cluster of Ray: what each can hold, and whether all see the files of a run."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from probing.activations.environment import cache_folder
from probing.errors import RunError, in_one_line
from probing.logs import RunFolder

ANSWER_S = 180.0  # a busy node starts a process for the question
_LATE_S = 40.0  # a shared file system may show a new file so late: a client keeps what it listed
_NOTICED_S = 10.0  # after which a node that is gone is known to be
_CPU_THREADS = 4  # of a worker where no GPU and no number of workers says otherwise


@dataclass(frozen=True)
class Node:
    """A node that is alive, and what it has in all."""

    id: str
    name: str
    cpus: float
    gpus: float
    memory: float

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Node:
        """As Ray tells it."""
        has = told["Resources"]
        name = told["NodeManagerHostname"] or told["NodeName"]
        return cls(
            told["NodeID"], name, has.get("CPU", 0.0), has.get("GPU", 0.0), has.get("memory", 0.0)
        )


@dataclass(frozen=True)
class Share:
    """What a worker takes of a node: threads, GPUs, and bytes of memory."""

    n_threads: int
    n_gpus: int
    memory: int = 0

    def room(self, node: Node) -> int:
        """How many such workers fit on a node."""
        own = [node.cpus / self.n_threads]
        own += [node.gpus / self.n_gpus] if self.n_gpus else []
        own += [node.memory / self.memory] if self.memory else []
        return int(min(own))


def living(ray: Any) -> list[Node]:
    """The nodes that are alive."""
    return [Node.of(told) for told in ray.nodes() if told["Alive"]]


def share_of(nodes: Sequence[Node], n_gpus: int, n_workers: int, memory: int) -> Share:
    """What each worker takes: of the CPUs as many as there are for each, by the smallest node."""
    if n_gpus:
        fitting = [node for node in nodes if node.gpus >= n_gpus]
        each = min((node.cpus * n_gpus / node.gpus for node in fitting), default=1.0)
        return Share(max(1, int(each)), n_gpus)
    able = [node for node in nodes if node.cpus >= 1]
    total, smallest = sum(node.cpus for node in able), min((n.cpus for n in able), default=1.0)
    each = total / n_workers if n_workers else _CPU_THREADS
    most = 0.9 * max((node.memory for node in able), default=0.0)
    return Share(max(1, int(min(each, smallest))), 0, int(min(memory, most)))


def check_nodes(ray: Any, run: RunFolder, nodes: Sequence[Node]) -> None:
    """Raises `RunError` where a node lacks the program, or does not see the folders of a run."""
    with _signs([run.path, *([cache_folder()] if _is_kept() else [])]) as signs:
        asked = {}
        for node in nodes:
            where = ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy(node.id, False)
            ask = ray.remote(_looker()).options(
                num_cpus=0, scheduling_strategy=where, max_retries=0
            )
            asked[ask.remote([str(one) for one in signs], _LATE_S)] = node
        answered, silent = ray.wait([*asked], num_returns=len(asked), timeout=ANSWER_S)
        for ref in answered:
            _check_answer(ray, ref, asked[ref])
        if silent:
            names = ", ".join(sorted(asked[ref].name for ref in silent))
            hint = "look at it with `ray status`, or take it out of the cluster"
            raise RunError(f"no answer within {ANSWER_S:.0f} s", where=names, hint=hint)


def _check_answer(ray: Any, ref: Any, node: Node) -> None:
    try:
        told, missing = ray.get(ref)
    except ray.exceptions.RayError as error:
        if not isinstance(error, ray.exceptions.RayTaskError) and _is_lost(ray, node):
            return  # another one may come in its place
        what = f"its Python cannot start a worker: {in_one_line(error.__cause__ or error)}"
        hint = "install the same probe-tui there, or start Ray in its environment"
        raise RunError(what, where=f"node {node.name}", hint=hint) from None
    if missing:
        folder = str(Path(missing[0]).parent)
        what = f"does not see the folder {folder}, where each worker must find the files of a run"
        hint = "put it on a shared file system: --logs DIR, $PROBE_TUI_CACHE"
        raise RunError(what, where=f"node {node.name}", hint=hint)
    if told != own_version():
        what = f"has probe-tui {told}, and this is {own_version()}"
        hint = "install the same version on all nodes"
        raise RunError(what, where=f"node {node.name}", hint=hint)


def _is_lost(ray: Any, node: Node) -> bool:
    """Whether a node is gone, of which the head node knows after a while."""
    end = time.monotonic() + _NOTICED_S
    while any(one.id == node.id for one in living(ray)):
        if time.monotonic() > end:
            return False
        time.sleep(0.5)
    return True


def _looker() -> Any:
    """What a node is asked; made here, so that it goes there by value."""

    def look(signs: list[str], patience_s: float) -> tuple[str, list[str]]:
        import os
        import time

        from probing.engine.experiment.units.by_ray.nodes import own_version

        end = time.monotonic() + patience_s
        while True:
            missing = [one for one in signs if not os.path.exists(one)]  # noqa: PTH110
            if not missing or time.monotonic() > end:
                return own_version(), missing
            time.sleep(0.5)

    return look


def own_version() -> str:
    """The version of this program."""
    try:
        return version("probe-tui")
    except PackageNotFoundError:
        return "unknown"


def _is_kept() -> bool:
    """Whether the cache is a folder that workers share; of a store each has a folder of its own."""
    from probing.stores import is_url
    from probing.stores.urls import CACHE

    return not is_url(os.environ.get(CACHE))


@contextmanager
def _signs(folders: Sequence[Path]) -> Iterator[list[Path]]:
    """A file in each of these folders for a while."""
    signs = [folder / f".seen-{secrets.token_hex(4)}" for folder in folders]
    try:
        for sign in signs:
            sign.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            sign.touch(mode=0o600)
        yield signs
    finally:
        for sign in signs:
            sign.unlink(missing_ok=True)
