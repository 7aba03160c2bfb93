"""A worker process as its parent sees it: start it, talk to it, notice its death."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from probing.engine.classifiers.users.fold_sets import Place
from probing.engine.classifiers.users.workers.child import READY
from probing.errors import process_end

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


class DiedError(Exception):
    """A worker ended over what it was asked; the message says how."""


@dataclass
class WorkerProcess:
    """One worker, what it is asked through, and the fold that it is at."""

    process: subprocess.Popen[bytes]
    connection: Connection[Any, Any]
    place: Place | None = None

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

    def check_ready(self) -> None:
        """Wait until it has loaded the class; raises `CannotWorkError` where it cannot."""
        try:
            while not self.connection.poll(LOOK_S):
                pass
            is_ready = self.connection.recv() == READY
        except (EOFError, OSError):
            is_ready = False
        if not is_ready:
            raise CannotWorkError

    def end(self) -> int:
        """End the process at once; its exit code, or the signal that ended it before, negative."""
        self.process.kill()
        self.connection.close()
        return self.process.wait()


def how_it_ended(code: int) -> str:
    """What an exit code means, for the fold that the process was at."""
    return f"its worker process {process_end(code)}"


def _search_path() -> str:
    return os.pathsep.join(str(Path(one).absolute()) for one in sys.path)
