"""The loop of a worker that finds its work in the folder of the run, until the run is over."""

from __future__ import annotations

import socket
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from probing.engine.experiment.units.claims import next_unit, states_of
from probing.engine.experiment.units.orders import open_orders, read_order
from probing.errors import Interruption
from probing.logs import RunFolder
from probing.logs.states.for_good import is_over

LEAST_POLL_S, MOST_POLL_S = 0.5, 5.0
LEAST_LATE_S, FIRST_LATE_S, LATE = 60.0, 900.0, 3.0
Do = Callable[[str, int], None]


class Stopped(Interruption):
    """The job of this worker is ended, or put back into the queue."""


class FileWorker:
    """Does units of the run in `folder` by `do`, as number `worker` of `n_workers`."""

    def __init__(self, folder: Path, do: Do, worker: int, n_workers: int) -> None:
        self.run, self.do = RunFolder(folder), do
        self.worker, self.n_workers = worker, n_workers
        self._took: list[float] = []
        self._units: dict[Path, Sequence[str]] = {}
        self._node = socket.gethostname()

    def work(self) -> None:
        """Do what there is to do; return once the run is over."""
        pause = LEAST_POLL_S
        while not is_over(self.run):
            pause = LEAST_POLL_S if self.step() else min(pause * 1.5, MOST_POLL_S)
            if pause > LEAST_POLL_S:
                time.sleep(pause)

    def step(self) -> bool:
        """Do one unit; False where there is none to do."""
        for path in open_orders(self.run):
            states = states_of(path.with_suffix(""), self.late_s)
            units = self._units_of(path)
            at = next_unit(units, states, self.worker, self.n_workers, self._node)
            if at is not None:
                self._do(path, at)
                return True
        return False

    @property
    def late_s(self) -> float:
        """How long after its begin a try of another worker is not waited for any more."""
        if not self._took:
            return FIRST_LATE_S
        return max(LEAST_LATE_S, LATE * statistics.median(self._took))

    def _do(self, path: Path, at: int) -> None:
        began = time.monotonic()
        try:
            self.do(str(path), at)
        except Exception as error:  # its file says why; others may have more luck
            print(f"{path.stem}/{at}: {type(error).__name__}: {error}", flush=True)
        else:
            self._took = [*self._took[-20:], time.monotonic() - began]

    def _units_of(self, path: Path) -> Sequence[str]:
        """The nodes that the units of an order are near to; none where it is settled meanwhile."""
        if path not in self._units:
            order = read_order(path)
            if order is None:
                return ()
            self._units[path] = [one.get("near", "") for one in order.units]
        return self._units[path]
