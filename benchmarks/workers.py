"""Processes that fit: several with one BLAS thread each, or one with its default threads."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from importlib import import_module
from typing import TypeVar

from benchmarks.timing import Done

Task = TypeVar("Task")
Found = TypeVar("Found")

_ENVIRONMENT = ("OMP_WAIT_POLICY",)  # set for this process, which is not theirs
_THREADS = (
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
            self.load("benchmarks.sklearn_fits")

    def load(self, module: str) -> None:
        """Have every worker import a module."""
        # asleep after importing, a worker leaves the next task to another
        for loaded in [self.pool.submit(_load, module) for _ in range(self.n)]:
            loaded.result()

    def run(
        self, function: Callable[[Task], Found], tasks: Sequence[Task], limit_s: float
    ) -> Done[list[Found]]:
        """All tasks, or those that are done within `limit_s`: then the time is extrapolated."""
        began = time.perf_counter()
        futures = [self.pool.submit(function, task) for task in tasks]
        found: list[Found] = []
        seconds = 0.0
        for future in as_completed(futures):
            found.append(future.result())
            seconds = time.perf_counter() - began
            if seconds > limit_s:
                break
        _settle(futures)
        share = len(found) / len(tasks)
        return Done(found, seconds / share, share)

    def close(self) -> None:
        """End the workers."""
        self.pool.shutdown()


def _settle(futures: Sequence[Future[Found]]) -> None:
    """Nothing that was begun may slow what is measured next."""
    for future in futures:
        if not future.cancel():
            future.result()


def _load(module: str) -> None:
    import_module(module)
    time.sleep(0.5)


@contextmanager
def _threads(number: int | None) -> Iterator[None]:
    """The environment that workers started inside inherit; None is the libraries' default."""
    before = {name: os.environ.pop(name, None) for name in (*_THREADS, *_ENVIRONMENT)}
    if number is not None:
        os.environ.update(dict.fromkeys(_THREADS, str(number)))
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
