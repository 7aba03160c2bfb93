"""Ray's workers: actors that do the units of a run, on this machine or on those of a cluster."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import gettempdir
from typing import Any

from probing.engine.experiment.units.orders import Order
from probing.engine.experiment.units.unit_files import LOST, UnitFile
from probing.errors import RunError, SpecError, in_one_line
from probing.events import EngineStarted
from probing.logs import RunFolder
from probing.spec.engines import HERE

MOST_TRIES = 4
SMALLER_BUDGET = 512  # tokens of a batch where memory has run out
_POLL_S = 2.0
_LATE = 3.0  # times the median: what takes longer is begun once more beside it


@dataclass(frozen=True)
class Crew:
    """How many workers there are to be, and what each takes."""

    n_workers: int
    device: str
    n_threads: int
    gpus_each: int = 0


class RayEngine:
    """Has actors do the units, one at a time each; a lost one is replaced, and its unit done again.

    `address` is that of a cluster, `auto` the one that this process belongs to; None starts Ray on
    this machine, for this run alone.
    """

    def __init__(self, run: RunFolder, crew: Crew, address: str | None) -> None:
        self.run, self.crew, self.address = run, crew, address
        self._free: list[Any] = []
        self._took = list[float]()

    def start(self) -> EngineStarted:
        """Connect, and start the workers; raises `RunError` where the address does not answer."""
        began = time.monotonic()
        self._ray = _ray()
        self._connect()
        self._actor = self._ray.remote(_worker_class())
        self._free = [self._hired() for _ in range(self.crew.n_workers)]
        nodes = [one["NodeName"] for one in self._ray.nodes() if one["Alive"]]
        took = time.monotonic() - began
        return EngineStarted("ray", self.crew.n_workers, tuple(nodes), took)

    def work(self, order: Order, left: Sequence[int]) -> Iterator[int]:
        """Every unit as it is done, or once it has been tried too often."""
        return _Order(self, order, left).units()

    def close(self) -> None:
        """Let the workers go; Ray stops too, if this run has started it."""
        if self._free:
            with suppress(Exception):
                self._ray.shutdown()
            self._free = []

    def _connect(self) -> None:
        options: dict[str, Any] = {"logging_level": "ERROR", "log_to_driver": False}
        if self.address is None:
            gpus = self.crew.n_workers * self.crew.gpus_each
            options |= {"num_cpus": self.crew.n_workers, "num_gpus": gpus}
            options |= {"include_dashboard": False, "address": "local"}
        else:
            options["address"] = self.address
        os.environ.setdefault("RAY_DEDUP_LOGS", "0")
        os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        try:
            self._ray.init(**options)
        except (ConnectionError, RuntimeError, ValueError, OSError) as error:
            what = f"Ray does not answer at {self.address}: {in_one_line(error)}"
            hint = "start it with `ray start --head`, or leave the address out"
            raise RunError(what, where="engine", hint=hint) from None

    def _hired(self) -> Any:
        crew = self.crew
        threads = {name: str(crew.n_threads) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS")}
        environment = {**threads, "OMP_WAIT_POLICY": "PASSIVE"}
        options = self._actor.options(
            num_cpus=crew.n_threads if self.address is not None else 1,
            num_gpus=crew.gpus_each,
            max_restarts=0,
            runtime_env={"env_vars": environment},
        )
        return options.remote(str(self.run.path), crew.device, crew.n_threads)


@dataclass
class _Asked:
    """A unit that a worker is at."""

    at: int
    worker: Any
    began: float


class _Order:
    """The units of one order: who is at which, and how often each was tried."""

    def __init__(self, engine: RayEngine, order: Order, left: Sequence[int]) -> None:
        self.engine, self.order = engine, order
        self.ray, self.run = engine._ray, engine.run
        self.path = str(order.folder(self.run).with_suffix(".json"))
        self.waiting, self.over = list(left), set[int]()
        self.n_tries: dict[int, int] = {}
        self.budgets: dict[int, int] = {}
        self.asked: dict[Any, _Asked] = {}

    def units(self) -> Iterator[int]:
        """Deal until all are done or given up."""
        n_left = len(self.waiting)
        while n_left:
            self._deal()
            ready, _ = self.ray.wait(list(self.asked), num_returns=1, timeout=_POLL_S)
            for ref in ready:
                one = self.asked.pop(ref)
                if self._is_over(ref, one) and one.at not in self.over:
                    self.over.add(one.at)
                    n_left -= 1
                    yield one.at
        self._let_go()

    def _deal(self) -> None:
        free = self.engine._free
        while free and self.waiting:
            self._ask(free.pop(), self.waiting.pop(0))
        if free and not self.waiting:
            self._ask_again(free)

    def _ask(self, worker: Any, at: int) -> None:
        ref = worker.do.remote(self.path, at, self.budgets.get(at))
        self.asked[ref] = _Asked(at, worker, time.monotonic())

    def _ask_again(self, free: list[Any]) -> None:
        """A unit that takes far longer than others is begun by a second worker too."""
        if len(self.engine._took) < 3:
            return
        late = _LATE * statistics.median(self.engine._took)
        times: dict[int, int] = {}
        for one in self.asked.values():
            times[one.at] = times.get(one.at, 0) + 1
        for one in list(self.asked.values()):
            if free and times[one.at] == 1 and time.monotonic() - one.began > late:
                self._ask(free.pop(), one.at)

    def _is_over(self, ref: Any, one: _Asked) -> bool:
        """Whether its unit needs no more tries; a worker that was lost is replaced."""
        errors = self.ray.exceptions
        unit = UnitFile(self.order.folder(self.run), one.at)
        try:
            self.ray.get(ref)
        except errors.RayTaskError:
            self.engine._free.append(one.worker)
        except errors.RayError as error:
            is_short = isinstance(error, errors.OutOfMemoryError)
            unit.explain("memory ran out" if is_short else _why(error))
            if is_short:
                self.budgets[one.at] = SMALLER_BUDGET
            self.engine._free.append(self.engine._hired())
        else:
            self.engine._free.append(one.worker)
            self.engine._took.append(time.monotonic() - one.began)
            return True
        if unit.is_done():
            return True
        self.n_tries[one.at] = self.n_tries.get(one.at, 0) + 1
        if self.n_tries[one.at] < MOST_TRIES:
            self.waiting.append(one.at)
            return False
        return True

    def _let_go(self) -> None:
        """Second tries that still go on: their workers are free when they end."""
        for one in self.asked.values():
            self.ray.kill(one.worker)
            self.engine._free.append(self.engine._hired())
        self.asked.clear()


def _why(error: Exception) -> str:
    """The first line of what Ray says, which goes on to tell of its own files."""
    return next(iter(str(error).strip().splitlines()), LOST)


def check_installed() -> None:
    """Raises `SpecError` where Ray is not installed."""
    if find_spec("ray") is None:
        what = "Ray is not installed, which has several workers do the work of a run"
        hint = 'pip install "probe-tui[cluster]", or leave out workers and engine'
        raise SpecError(what, where="engine", hint=hint)


def _ray() -> Any:
    import ray
    import ray.exceptions

    return ray


def _worker_class() -> type[Any]:
    from probing.engine.experiment.units.worker import Worker

    return Worker


def address_of(where: str) -> str | None:
    """What `engine = { ray = … }` names: None for Ray of this machine alone."""
    if where == HERE and "RAY_ADDRESS" not in os.environ and not _is_ray_here():
        return None
    return where


def _is_ray_here() -> bool:
    """Whether a node of some cluster runs on this machine, as Ray notes in its temporary folder."""
    return Path(gettempdir(), "ray", "ray_current_cluster").exists()
