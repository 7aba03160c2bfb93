"""A worker process as its parent sees it: start it, talk to it, notice its death."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from probing.engine.classifiers.users.fold_sets import Place
from probing.engine.classifiers.users.workers.jobs import READY
from probing.engine.classifiers.users.workers.nursery import BornProcess, Nursery
from probing.errors import process_end

BORN_S = 20.0  # a fork that is not ready by then hangs: its libraries lack their threads
DYING_S = 2.0
LOOK_S = 0.2  # for so long a thread that waits cannot be interrupted
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


class CannotWorkError(Exception):
    """Workers cannot be started, or cannot load the class."""


class BrokenError(Exception):
    """The class as a whole has failed in a worker, which lives; the message says why."""


class DiedError(Exception):
    """A worker ended over what it was asked; the message says how."""


@dataclass
class WorkerProcess:
    """One worker, what it is asked through, and the fold that it is at."""

    process: subprocess.Popen[bytes] | BornProcess
    connection: Connection[Any, Any]
    place: Place | None = None

    @classmethod
    def born(cls, nursery: Nursery, lifeline: int, features: int) -> WorkerProcess:
        """One that `nursery` forks, given the same as one that is started."""
        ours, theirs = Pipe()
        with theirs:
            return cls(nursery.bear(theirs.fileno(), lifeline, features), ours)

    @classmethod
    def started(cls, lifeline: int, features: int) -> WorkerProcess:
        """A new one, given the descriptors of a pipe that tells our end and of the features.

        Started, not forked: no thread, lock or script of this process goes with it.
        """
        ours, theirs = Pipe()
        given = (theirs.fileno(), lifeline, features)
        process = subprocess.Popen(
            [
                sys.executable,
                "-P",
                "-m",
                "probing.engine.classifiers.users.workers.child",
                *map(str, given),
            ],
            env=os.environ | _ONE_THREAD | {"PYTHONPATH": _search_path()},
            stdin=subprocess.DEVNULL,
            pass_fds=given,
        )
        theirs.close()
        return cls(process, ours)

    def give(self, place: Place) -> None:
        """Its next fold; one that has died meanwhile is found out when it should answer."""
        self.place = place
        with suppress(OSError):
            self.connection.send(place)

    def answer(self) -> Any:
        """What it says next; raises `EOFError` where it has died, whatever it has left behind."""
        while not self.connection.poll(LOOK_S):
            if self.process.poll() is not None and not self.connection.poll():
                raise EOFError
        return self.connection.recv()

    def check_ready(self) -> None:
        """Wait until it has loaded the class; raises `CannotWorkError` where it cannot."""
        until = time.monotonic() + (BORN_S if isinstance(self.process, BornProcess) else math.inf)
        try:
            while not self.connection.poll(LOOK_S):
                if self.process.poll() is not None or time.monotonic() > until:
                    raise CannotWorkError
            is_ready = self.connection.recv() == READY
        except (EOFError, OSError):
            is_ready = False
        if not is_ready:
            raise CannotWorkError

    def end(self) -> None:
        """End the process at once."""
        self.process.kill()
        self.connection.close()
        self.process.wait()

    def death(self) -> str:
        """How it has ended, which says nothing more; one that lives on has hung up."""
        until = time.monotonic() + DYING_S
        while (code := self.process.poll()) is None and time.monotonic() < until:
            time.sleep(0.01)
        self.end()
        return "its worker process closed its files" if code is None else how_it_ended(code)


def how_it_ended(code: int) -> str:
    """What an exit code means, for the fold that the process was at."""
    return f"its worker process {process_end(code)}"


def _search_path() -> str:
    return os.pathsep.join(str(Path(one).absolute()) for one in sys.path)
