"""Ray's workers: actors that do the units of a run, on this machine or on those of a cluster."""

from __future__ import annotations

import os
import secrets
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from probing.activations.environment import cache_folder
from probing.engine.experiment.units.by_ray.nodes import Share, check_nodes, living, share_of
from probing.engine.experiment.units.by_ray.own_folder import OwnFolder
from probing.engine.experiment.units.orders import Order
from probing.errors import RunError, in_one_line
from probing.events import EngineStarted
from probing.logs import RunFolder
from probing.ray_reach import check_installed

STORE_BYTES = 80 * 2**20  # of Ray's object store: units go through files, so it holds next to none
PATIENCE_S = 600.0  # for a first worker, or for the next one where none is left
LATE_S = 120.0  # that a worker may go on with what another has done
_MOST_FAILURES = 4  # of workers that do not come up, one after the other
_AUTH_MODE, _TOKEN = "RAY_AUTH_MODE", "RAY_AUTH_TOKEN"
_VISIBLE = "CUDA_VISIBLE_DEVICES"
_OF_RAY = {  # for a Ray that this run starts
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_DEDUP_LOGS": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_worker_register_timeout_seconds": "600",  # nodes of many cores start many at once
}


@dataclass(frozen=True)
class Crew:
    """How many workers there are to be, and what each takes.

    On a cluster `n_workers` of 0 are as many as fit on it, and at most `most`, where that is not 0.
    `memory` is in bytes, as the plan has it; `held` are the GPUs of this machine that the run
    holds, by their names in torch; `gpus_of` are the GPUs that models need by the number
    of their pass, where that is not `gpus_each`. Where nodes have GPUs, and the machine of the run
    has none, the crew is that `on_gpus`; a `why_not` forbids that.
    """

    n_workers: int
    device: str
    n_threads: int
    gpus_each: int = 0
    most: int = 0
    memory: int = 0
    held: tuple[str, ...] = ()
    gpus_of: Mapping[int, int] = field(default_factory=dict)
    on_gpus: Crew | None = None
    why_not: str = ""


@dataclass(eq=False)
class Hand:
    """A worker: the actor, and what it takes."""

    actor: Any
    share: Share
    is_hired_for: int | None = None  # the one unit that needs so much memory


class RayEngine:
    """Has actors do the units, one at a time each; a lost one is replaced.

    `address` is that of a cluster; None starts Ray on this machine, for this run alone.
    """

    def __init__(self, run: RunFolder, crew: Crew, address: str | None) -> None:
        self.run, self.crew, self.address = run, crew, address
        self.free: list[Hand] = []
        self.coming: dict[Any, Hand] = {}
        self.late: dict[Any, tuple[Hand, float]] = {}  # at what others have done, since when
        self.share, self.n_workers = Share(max(1, crew.n_threads), crew.gpus_each), 0
        self.order: Order  # at work, for which workers are made ready
        self._n_failures = 0
        self._folder: OwnFolder | None = None

    def start(self, first: Order) -> EngineStarted:
        """Connect, and have a first worker; raises `RunError` where that cannot be."""
        began, self.order = time.monotonic(), first
        _authenticate(self.address)
        self.ray = _ray()
        self._connect()
        nodes = living(self.ray)
        self._choose(any(node.gpus for node in nodes))
        self._size(self.crew.gpus_each)
        if self.address is not None:
            check_nodes(self.ray, self.run, [node for node in nodes if self.share.room(node)])
        self._hire(self.n_workers)
        while not self.free:
            self._wait_for_one(began)
        names = tuple(dict.fromkeys(node.name for node in nodes if self.share.room(node)))
        return EngineStarted("ray", self.n_workers, names, time.monotonic() - began)

    def work(self, order: Order, left: Sequence[int]) -> Iterator[int]:
        """Every unit as it is done, or once it has been tried too often."""
        from probing.engine.experiment.units.by_ray.order_at_work import OrderAtWork

        self.order = order
        n_gpus = self.crew.gpus_of.get(order.pass_at, self.crew.gpus_each)
        if n_gpus != self.share.n_gpus:
            self._change(n_gpus)
        return OrderAtWork(self, order, left).units()

    def close(self) -> None:
        """Let the workers go; Ray stops too, if this run has started it."""
        if hasattr(self, "ray"):
            with suppress(Exception):
                self.ray.shutdown()
        if self._folder is not None:
            self._folder.remove()
        self.free, self.coming = [], {}

    def lose(self, hand: Hand) -> None:
        """Be done with a worker; another comes in its place."""
        with suppress(Exception):
            self.ray.kill(hand.actor)
        self._hire(1)

    def hire_larger(self, hand: Hand, at: int, memory: int) -> bool:
        """Have one with so many bytes for a unit, in the place of a worker; whether one can be."""
        share = replace(self.share, memory=memory)
        if not any(share.room(node) for node in living(self.ray)):
            return False
        with suppress(Exception):
            self.ray.kill(hand.actor)
        self._hire(1, share, at)
        return True

    def take_in(self, ref: Any) -> None:
        """A worker that was coming is there, or is not going to be."""
        hand = self.coming.pop(ref)
        try:
            self.ray.get(ref)
        except self.ray.exceptions.RayError as error:
            self._n_failures += 1
            if self._n_failures >= _MOST_FAILURES:
                raise RunError(f"workers do not come up: {_why(error)}", where="engine") from None
            self.lose(hand)
        else:
            self._n_failures = 0
            self.free.append(hand)

    def take_back(self, ref: Any) -> None:
        """A worker is through with what another has done before it."""
        hand, _ = self.late.pop(ref)
        try:
            self.ray.get(ref)
        except self.ray.exceptions.RayTaskError:
            pass
        except self.ray.exceptions.RayError:
            self.lose(hand)
            return
        if hand.is_hired_for is None:
            self.free.append(hand)
        else:
            self.lose(hand)

    def lose_late(self) -> None:
        """Replace workers that do not come to an end of it, such as one on a node that hangs."""
        for ref, (hand, since) in list(self.late.items()):
            if time.monotonic() - since > LATE_S:
                del self.late[ref]
                self.lose(hand)

    def check_patience(self, since: float) -> None:
        """Raises `RunError` where nobody works, and has not for too long."""
        if time.monotonic() - since > PATIENCE_S:
            takes = f"{self.share.n_threads} CPUs"
            takes += f" and {self.share.n_gpus} GPUs" if self.share.n_gpus else ""
            what = f"Ray has had no room for a worker of {takes} for {PATIENCE_S / 60:.0f} minutes"
            hint = "resume the run when the cluster has room (`ray status`)"
            raise RunError(what, where="engine", hint=hint)

    def _wait_for_one(self, since: float) -> None:
        for ref in self.ray.wait([*self.coming], timeout=2.0)[0]:
            self.take_in(ref)
        self.check_patience(since)

    def _choose(self, has_gpus: bool) -> None:
        """Compute on the GPUs of nodes, where these have some and the machine of the run has none.

        Raises `RunError` where its numbers would not be those that the run expects.
        """
        if not has_gpus or self.crew.on_gpus is None:
            return
        if self.crew.why_not:
            hint = 'set dtype, such as "float32" or "bfloat16"; or device = "cpu"'
            raise RunError(self.crew.why_not, where="engine", hint=hint)
        self.crew = self.crew.on_gpus

    def _size(self, n_gpus: int) -> None:
        """How many workers there are to be for models of so many GPUs, and what each takes."""
        crew = self.crew
        self.share, self.n_workers = Share(crew.n_threads, n_gpus), crew.n_workers
        if n_gpus != crew.gpus_each:
            self.n_workers = max(1, crew.n_workers * max(1, crew.gpus_each) // n_gpus)
        if self.address is None:
            self.share = replace(self.share, n_threads=1)
        else:
            nodes = living(self.ray)
            self.share = share_of(nodes, n_gpus, crew.n_workers, crew.memory)
            room = sum(self.share.room(node) for node in nodes)
            if not room:
                what = f"no node of the cluster has {n_gpus or 'a free CPU'}"
                what += f" GPU{'s' if n_gpus > 1 else ''}" if n_gpus else ""
                hint = 'see `ray status`; device = "cpu" computes on CPUs'
                raise RunError(what, where="engine", hint=hint)
            self.n_workers = min(crew.n_workers or room, room)
        if crew.most:
            self.n_workers = min(self.n_workers, crew.most)

    def _change(self, n_gpus: int) -> None:
        """Other workers in the place of these, with so many GPUs each."""
        for hand in [*self.free, *self.coming.values(), *(hand for hand, _ in self.late.values())]:
            with suppress(Exception):
                self.ray.kill(hand.actor)
        self.free, self.coming, self.late = [], {}, {}
        self._size(n_gpus)
        self._hire(self.n_workers)

    def _connect(self) -> None:
        options: dict[str, Any] = {"logging_level": "ERROR", "log_to_driver": False}
        for name, value in _OF_RAY.items():
            os.environ.setdefault(name, value)
        if self.address is None:
            self._folder = OwnFolder()
            gpus = self.crew.n_workers * self.crew.gpus_each
            options |= {"address": "local", "num_cpus": self.crew.n_workers, "num_gpus": gpus}
            options |= {"include_dashboard": False, "object_store_memory": STORE_BYTES}
            options["_temp_dir"] = str(self._folder.path)
        else:
            options["address"] = self.address
        try:
            with _own_signals(), _shown(self.crew.held if self.address is None else ()):
                self.ray.init(**options)
        except (ConnectionError, RuntimeError, ValueError, OSError) as error:
            verb, where = ("answer", f"at {self.address}") if self.address else ("start", "here")
            what = f"Ray does not {verb} {where}: {in_one_line(error)}"
            hint = "start it with `ray start --head`; is its token, if it has one, in "
            hint += "~/.ray/auth_token here too?"
            raise RunError(what, where="engine", hint=hint) from None

    def _hire(self, number: int, share: Share | None = None, at: int | None = None) -> None:
        own, device = share or self.share, self.crew.device
        if own.n_gpus != self.crew.gpus_each and own.n_gpus > 1:
            device = "cuda"
        options = {
            "num_cpus": own.n_threads,
            "num_gpus": own.n_gpus,
            "max_restarts": 0,
            **({"memory": own.memory} if own.memory else {}),
        }
        threads = own.n_threads if self.address is not None else self.crew.n_threads
        for _ in range(number):
            actor = self.ray.remote(_worker_class()).options(**options)
            made = actor.remote(str(self.run.path), device, threads, _environment(threads))
            order_file = str(self.order.file(self.run))
            self.coming[made.ready.remote(order_file)] = Hand(made, own, at)


def _why(error: Exception) -> str:
    """The first line of what Ray says, which goes on to tell of its own files."""
    inner = getattr(error, "cause", None) or error
    return next(iter(str(inner).strip().splitlines()), type(inner).__name__)


def _environment(n_threads: int) -> dict[str, str]:
    """What a worker finds in its environment, whatever that of its node is."""
    own = {
        name: value
        for name, value in os.environ.items()
        if name.startswith("PROBE_TUI_") or name in _OF_HUB
    }
    threads = {name: str(n_threads) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS")}
    cache = os.environ.get("PROBE_TUI_CACHE") or str(cache_folder().parent)
    return {**own, **threads, "OMP_WAIT_POLICY": "PASSIVE", "PROBE_TUI_CACHE": cache}


_OF_HUB = ("HF_HOME", "HF_HUB_CACHE", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")


def _authenticate(address: str | None) -> None:
    """Ray of this run alone gets its own token; a cluster is shown the user's, if there is one.

    Ray reads this when it is loaded; left alone, it would keep a token in the user's home.
    """
    if _AUTH_MODE in os.environ:
        return
    if address is None:
        os.environ.setdefault(_TOKEN, secrets.token_hex(32))
    has_token = _TOKEN in os.environ or f"{_TOKEN}_PATH" in os.environ
    if has_token or Path("~/.ray/auth_token").expanduser().exists():
        os.environ[_AUTH_MODE] = "token"


@contextmanager
def _own_signals() -> Iterator[None]:
    """Ray ends the process at SIGTERM, which cancels a run: what was there before is kept."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in kept.items():
            with suppress(ValueError):  # raised outside the main thread, where Ray sets none
                signal.signal(number, handler)


@contextmanager
def _shown(held: Sequence[str]) -> Iterator[None]:
    """Ray, when it starts, sees the GPUs that the run holds, and gives its workers these alone."""
    before = os.environ.get(_VISIBLE)
    if held and held[0].startswith("cuda"):
        os.environ[_VISIBLE] = ",".join(_shown_gpus(held, before))
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(_VISIBLE, None)
        else:
            os.environ[_VISIBLE] = before


def _shown_gpus(held: Sequence[str], visible: str | None) -> list[str]:
    """The names that the driver of CUDA has for GPUs that this process sees as `cuda:1`."""
    places = [int(name.partition(":")[2] or 0) for name in held]
    own = visible.split(",") if visible else []
    return [own[at].strip() if own else str(at) for at in places]


def _ray() -> Any:
    check_installed()  # a run may hold more GPUs than were seen when it was asked for
    import ray
    import ray.exceptions
    import ray.util.scheduling_strategies

    return ray


def _worker_class() -> type[Any]:
    """The actor; made here, so that it goes to nodes by value and sets their environment first."""

    class UnitWorker:
        def __init__(
            self, path: str, device: str, n_threads: int, environment: dict[str, str]
        ) -> None:
            import os

            os.environ.update(environment)
            from probing.engine.experiment.units.worker import Worker

            self.worker = Worker(path, device, n_threads)

        def ready(self, order_file: str) -> None:
            """Answers once the worker is made, and has loaded what the order needs."""
            self.worker.prepare(order_file)

        def do(self, order_file: str, at: int, token_budget: int | None, mark: str) -> None:
            self.worker.do(order_file, at, token_budget, mark)

    return UnitWorker
