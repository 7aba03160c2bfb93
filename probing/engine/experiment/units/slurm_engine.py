"""The workers of an array of jobs, as the runner in its first element sees them: by their files."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress

from probing.engine.experiment.units.ahead import Ahead, nothing
from probing.engine.experiment.units.claims import MOST_TRIES, states_of
from probing.engine.experiment.units.file_worker import FIRST_LATE_S
from probing.engine.experiment.units.orders import Order
from probing.errors import RunError
from probing.events import EngineStarted
from probing.logs import RunFolder
from probing.slurm import own_job

ELEMENTS = "PROBE_TUI_ELEMENTS"  # how many elements the array of a run has, by its script
WORKER = "probing.working"
LEAST_POLL_S, MOST_POLL_S = 0.1, 2.0


def n_elements() -> int:
    """The elements of the array that this process belongs to; 1 outside of one."""
    told = os.environ.get(ELEMENTS, "1")
    return max(int(told), 1) if told.isdigit() else 1


class SlurmEngine:
    """Waits for what the workers of all elements commit; those of its own it starts, again where
    they are lost."""

    def __init__(self, run: RunFolder, n_here: int, elements: int) -> None:
        self.run, self.n_here, self.elements = run, n_here, elements
        self._workers: list[subprocess.Popen[bytes]] = []
        self._n_lost = 0

    def start(self, first: Order) -> EngineStarted:
        """Start the workers of this element; those of the others come and go by themselves."""
        began = time.monotonic()
        self._workers = [self._hired(at) for at in range(self.n_here)]
        own = own_job()
        nodes = (own.node,) if own is not None else ()
        n_workers = self.n_here * self.elements
        return EngineStarted("slurm", n_workers, nodes, time.monotonic() - began)

    def work(self, order: Order, left: Sequence[int], ahead: Ahead) -> Iterator[int]:
        """Every unit once its file is there, or once it has been tried too often.

        Once all are begun, the order that `ahead` writes is there for workers to find.
        """
        folder = order.folder(self.run)
        self._forget_failures(order, left)
        waiting, pause = list(left), LEAST_POLL_S
        while waiting:
            self._look_after()
            states = states_of(folder, FIRST_LATE_S)
            over = [at for at in waiting if at in states and states[at].is_over]
            yield from over
            waiting = [at for at in waiting if at not in over]
            if waiting and all(at in states and states[at].under_way for at in waiting):
                ahead()
                ahead = nothing
            pause = LEAST_POLL_S if over else min(pause * 1.5, MOST_POLL_S)
            if waiting:
                time.sleep(pause)

    def close(self) -> None:
        """End the workers of this element."""
        for one in self._workers:
            with suppress(ProcessLookupError):
                one.terminate()
        for one in self._workers:
            try:
                one.wait(5)
            except subprocess.TimeoutExpired:
                one.kill()
        self._workers = []

    def _forget_failures(self, order: Order, left: Sequence[int]) -> None:
        """What failed in an earlier attempt is tried again as often."""
        states = states_of(order.folder(self.run), FIRST_LATE_S)
        for at in left:
            if at in states and states[at].n_failed >= MOST_TRIES:
                for path in order.folder(self.run).glob(f"{at}.*.try"):
                    path.unlink(missing_ok=True)

    def _look_after(self) -> None:
        """Start workers of this element again that have ended."""
        for at, one in enumerate(self._workers):
            if one.poll() is None:
                continue
            self._n_lost += 1
            if self._n_lost > MOST_TRIES * self.n_here:
                hint = f"their last words are in {self.run.log.name}; then resume the run"
                raise RunError("the workers end by themselves", where=self.run.name, hint=hint)
            self._workers[at] = self._hired(at)

    def _hired(self, at: int) -> subprocess.Popen[bytes]:
        """A worker of this element, the first of all; its output goes where the runner's does."""
        command = [sys.executable, "-P", "-m", WORKER, str(self.run.path)]
        numbers = [str(at), str(self.n_here * self.elements)]
        environment = {**os.environ, **own_gpu(at, self.n_here)}
        return subprocess.Popen(
            [*command, *numbers], stdin=subprocess.DEVNULL, env=environment, cwd=self.run.path
        )


def own_gpu(at: int, n_here: int) -> Mapping[str, str]:
    """What shows the worker `at` of an element only its own GPU."""
    if n_here < 2:
        return {}
    shown = os.environ.get("CUDA_VISIBLE_DEVICES", "")
    names = [one for one in shown.split(",") if one] or [str(one) for one in range(n_here)]
    return {"CUDA_VISIBLE_DEVICES": names[at]} if at < len(names) else {}
