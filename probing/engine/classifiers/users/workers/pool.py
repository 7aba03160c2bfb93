"""A pool of worker processes that fit a user's class, one thread each."""

from __future__ import annotations

import os
import tempfile
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from multiprocessing.connection import wait
from pathlib import Path
from typing import IO, Any

import numpy as np

from probing.engine.blocks import Block, FoldFailure, FoldFit
from probing.engine.classifiers.bases.feature_arrays import on_cpu
from probing.engine.classifiers.users.fold_sets import Place
from probing.engine.classifiers.users.workers.class_sources import Source
from probing.engine.classifiers.users.workers.jobs import Broken, Done, Job
from probing.engine.classifiers.users.workers.nursery import Nursery
from probing.engine.classifiers.users.workers.process import (
    LOOK_S,
    BrokenError,
    CannotWorkError,
    DiedError,
    WorkerProcess,
)
from probing.hardware import n_cores

_WORKER_BYTES = 400 * 2**20


class Pool:
    """`n` workers for one class and one block; to be used in a `with`, which ends them.

    A worker ends with this process, however that ends: it holds the other end of a pipe. One
    that dies over a fold fails that fold, and another takes its place. Entering raises
    `CannotWorkError` where not one can be started.
    """

    def __init__(
        self,
        n: int,
        source: Source,
        parameters: Mapping[str, Any],
        block: Block,
        *,
        device: str = "cpu",
        n_threads: int = 1,
        nursery: Nursery | None = None,
    ) -> None:
        bare = replace(block, features=np.empty(0), device=device, memo=None)  # type: ignore[arg-type]
        shape = tuple(block.features.shape)
        self.job = Job(source, parameters, bare, shape, n_threads)
        self.n, self.block, self.nursery = n, block, nursery

    def __enter__(self) -> Pool:
        self._workers: list[WorkerProcess] = []
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
                worker.check_ready()
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

    def stretch(self, places: Sequence[Place]) -> Iterator[FoldFit | FoldFailure]:
        """The fits of all these folds by one worker, as this process would make them.

        Raises `DiedError` where it dies on the way, `BrokenError` where the class as a whole fails.
        """
        (worker,) = self._workers
        try:
            worker.connection.send(list(places))
            while not isinstance(answer := worker.answer(), Done):
                if isinstance(answer, Broken):
                    raise BrokenError(answer.reason)
                yield answer
        except (EOFError, OSError):
            self._workers.remove(worker)
            raise DiedError(worker.death()) from None

    def fits(self, places: Sequence[Place]) -> Iterator[FoldFit | FoldFailure]:
        """The fits of all these folds, as they land.

        Raises `CannotWorkError` where workers died and no other can be started.
        """
        waiting = deque(places)
        for worker in self._workers[: len(waiting)]:
            worker.give(waiting.popleft())
        while busy := {one.connection: one for one in self._workers if one.place is not None}:
            ready = [busy[one] for one in wait(list(busy), LOOK_S)]  # type: ignore[index]
            dead = [one for one in busy.values() if one.process.poll() is not None]
            for worker in ready or dead:
                yield self._answer(worker, waiting)
        if waiting:
            raise CannotWorkError

    def _answer(self, worker: WorkerProcess, waiting: deque[Place]) -> FoldFit | FoldFailure:
        """What a worker sends; it goes on with the next fold before anybody looks at this one."""
        place, worker.place = worker.place, None
        assert place is not None
        try:
            answer: FoldFit | FoldFailure = worker.answer()
        except (EOFError, OSError):
            self._workers.remove(worker)
            answer = FoldFailure(*place, worker.death())
            if not waiting or (another := self._another()) is None:
                return answer
            worker = another
        if waiting:
            worker.give(waiting.popleft())
        return answer

    def _another(self) -> WorkerProcess | None:
        try:
            worker = self._start()
            worker.check_ready()
        except (OSError, CannotWorkError):
            return None
        return worker

    def _start(self) -> WorkerProcess:
        assert self._file is not None
        files = self._ends[0], self._file.fileno()
        if self.nursery is None:
            worker = WorkerProcess.started(*files)
        else:
            worker = WorkerProcess.born(self.nursery, *files)
        self._workers.append(worker)
        worker.connection.send(self.job)
        return worker


def n_workers(block: Block, n_folds: int) -> int:
    """One for each core that this process may use, if the memory that is free suffices."""
    layer_bytes = 8 * int(np.prod(block.features.shape[1:]))
    affordable = _free_bytes() // (_WORKER_BYTES + 3 * layer_bytes)
    return max(1, min(n_cores(), n_folds, affordable))


def _free_bytes() -> int:
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        (free,) = [line.split()[1] for line in lines if line.startswith("MemAvailable:")]
        return int(free) * 1024
    except (OSError, ValueError):
        return 2**40
