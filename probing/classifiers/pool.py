"""Worker processes that fit the folds of a user's class, one thread each."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import IO, Any

import numpy as np

from probing.blocks import Block, FoldFailure, FoldFit
from probing.classifiers.feature_arrays import on_cpu
from probing.classifiers.fold_sets import Place
from probing.classifiers.one_fold import FoldFitter
from probing.classifiers.sources import Source
from probing.classifiers.worker import READY, Job

_ONE_THREAD = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
        "NUMEXPR_NUM_THREADS",
        "LOKY_MAX_CPU_COUNT",
    ),
    "1",
)
_WORKER_BYTES = 400 * 2**20


class CannotWorkError(Exception):
    """Workers cannot be started, or cannot load the class."""


@dataclass
class _Worker:
    process: subprocess.Popen[bytes]
    connection: Connection[Any, Any]
    place: Place | None = None

    def give(self, place: Place) -> None:
        """Its next fold; one that has died meanwhile is found out when it should answer."""
        self.place = place
        with suppress(OSError):
            self.connection.send(place)

    def end(self) -> None:
        """End the process at once."""
        self.process.kill()
        self.process.wait()
        self.connection.close()


class Pool:
    """`n` workers for one class and one block; to be used in a `with`, which ends them.

    A worker ends with this process, however that ends: it holds the other end of a pipe. One
    that dies over a fold fails that fold, and another takes its place. Entering raises
    `CannotWorkError` where not one can be started.
    """

    def __init__(self, n: int, source: Source, fitter: FoldFitter, block: Block) -> None:
        bare = replace(block, features=np.empty(0), device="cpu")  # type: ignore[arg-type]
        self.job = Job(source, fitter.parameters, bare, tuple(block.features.shape))
        self.n, self.block = n, block

    def __enter__(self) -> Pool:
        self._workers: list[_Worker] = []
        self._file: IO[bytes] | None = None
        self._ends: tuple[int, ...] = ()
        try:
            self._file = tempfile.TemporaryFile()
            for features in self.block.features:
                self._file.write(np.ascontiguousarray(on_cpu(features), dtype=np.float32).data)
            self._file.flush()
            self._ends = os.pipe()
            for _ in range(self.n):
                self._start()
            for worker in self._workers:
                _check_ready(worker)
        except BaseException as error:
            self.__exit__()
            if isinstance(error, Exception):
                raise CannotWorkError from error
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.end()
        for end in self._ends:
            os.close(end)
        if self._file is not None:
            self._file.close()

    def fits(self, places: Sequence[Place]) -> Iterator[FoldFit | FoldFailure]:
        """The fits of all these folds, as they land.

        Raises `CannotWorkError` where workers died and no other can be started.
        """
        waiting = deque(places)
        for worker in self._workers[: len(waiting)]:
            worker.give(waiting.popleft())
        while busy := {one.connection: one for one in self._workers if one.place is not None}:
            for ready in wait(list(busy)):
                yield self._answer(busy[ready], waiting)  # type: ignore[index]
        if waiting:
            raise CannotWorkError

    def _answer(self, worker: _Worker, waiting: deque[Place]) -> FoldFit | FoldFailure:
        """What a worker sends; it goes on with the next fold before anybody looks at this one."""
        place, worker.place = worker.place, None
        assert place is not None
        try:
            answer: FoldFit | FoldFailure = worker.connection.recv()
        except (EOFError, OSError):
            worker.end()
            self._workers.remove(worker)
            answer = FoldFailure(*place, _how_it_ended(worker.process.returncode))
            if not waiting or (another := self._another()) is None:
                return answer
            worker = another
        if waiting:
            worker.give(waiting.popleft())
        return answer

    def _another(self) -> _Worker | None:
        worker: _Worker | None = None
        try:
            worker = self._start()
            _check_ready(worker)
        except (OSError, EOFError, CannotWorkError):
            worker = None
        return worker

    def _start(self) -> _Worker:
        assert self._file is not None
        ours, theirs = Pipe()
        given = (theirs.fileno(), self._ends[0], self._file.fileno())
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "probing.classifiers.worker", *map(str, given)],
            env=os.environ | _ONE_THREAD | {"PYTHONPATH": _search_path()},
            stdin=subprocess.DEVNULL,
            pass_fds=given,
        )
        theirs.close()
        worker = _Worker(process, ours)
        self._workers.append(worker)
        ours.send(self.job)
        return worker


def _check_ready(worker: _Worker) -> None:
    if worker.connection.recv() != READY:
        raise CannotWorkError


def n_workers(block: Block, n_folds: int) -> int:
    """One for each core that this process may use, if the memory that is free suffices."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    layer_bytes = 8 * int(np.prod(block.features.shape[1:]))
    affordable = _free_bytes() // (_WORKER_BYTES + 3 * layer_bytes)
    return max(1, min(cores or 1, n_folds, affordable))


def _free_bytes() -> int:
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        (free,) = [line.split()[1] for line in lines if line.startswith("MemAvailable:")]
        return int(free) * 1024
    except (OSError, ValueError):
        return 2**40


def _search_path() -> str:
    return os.pathsep.join(str(Path(one).absolute()) for one in sys.path)


def _how_it_ended(code: int) -> str:
    if code >= 0:
        return f"its worker process ended with exit code {code}"
    name = signal.Signals(-code).name
    hint = ": it may have run out of memory" if -code == signal.SIGKILL else ""
    return f"its worker process was ended by {name}{hint}"
