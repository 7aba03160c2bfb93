"""Processes that fit: several with one BLAS thread each, or one with its default threads."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from contextlib import contextmanager
from importlib import import_module
from itertools import islice
from typing import TypeVar

from benchmarks.timing import Done

Task = TypeVar("Task")
Found = TypeVar("Found")

WAITING = "OMP_WAIT_POLICY"  # set for this process, which is not theirs
THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)


class Workers:
    """A pool whose workers have started, and loaded what they need, before any clock runs."""

    def __init__(self, n: int, threads: int | None) -> None:
        context = multiprocessing.get_context("spawn")
        self.n, self.pool = n, ProcessPoolExecutor(n, mp_context=context)
        with _threads(threads):
            self.load("benchmarks.fits.sklearn_fits")

    def load(self, module: str) -> None:
        """Have every worker import a module."""
        # asleep after importing, a worker leaves the next task to another
        for loaded in [self.pool.submit(_load, module) for _ in range(self.n)]:
            loaded.result()

    def run(
        self, function: Callable[[Task], Found], tasks: Sequence[Task], limit_s: float
    ) -> Done[list[Found]]:
        """All tasks, or those that are begun within `limit_s`: then the time is extrapolated.

        The extrapolated time is that of workers which are never without a task: the seconds of
        the tasks that were done, by the number of workers and the share of all tasks.
        """
        began, waiting = time.perf_counter(), iter(tasks)
        under_way = {self.pool.submit(_clocked, function, task) for task in islice(waiting, self.n)}
        found: list[tuple[float, Found]] = []
        while under_way:
            ended, under_way = wait(under_way, return_when=FIRST_COMPLETED)
            found += [future.result() for future in ended]
            if time.perf_counter() - began <= limit_s:
                # one more than there are workers, so that none waits for its next task
                more = islice(waiting, self.n + 1 - len(under_way))
                under_way |= {self.pool.submit(_clocked, function, task) for task in more}
        share = len(found) / len(tasks)
        seconds = time.perf_counter() - began
        if share < 1:
            seconds = sum(own for own, _ in found) / self.n / share
        return Done([one for _, one in found], seconds, share)

    def close(self) -> None:
        """End the workers."""
        self.pool.shutdown()


def _clocked(function: Callable[[Task], Found], task: Task) -> tuple[float, Found]:
    began = time.perf_counter()
    found = function(task)
    return time.perf_counter() - began, found


def _load(module: str) -> None:
    import_module(module)
    time.sleep(0.5)


@contextmanager
def _threads(number: int | None) -> Iterator[None]:
    """The environment that workers started inside inherit; None is the libraries' default."""
    before = {name: os.environ.pop(name, None) for name in (*THREADS, WAITING)}
    if number is not None:
        os.environ.update(dict.fromkeys(THREADS, str(number)))
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
