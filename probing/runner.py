"""The process that executes one run: `python -P -m probing.runner RUN_FOLDER`.

It takes the run's lock, checks all that can be checked, computes, and writes only files. A
killed run is resumed by starting the runner on its folder again.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from probing import spec as specs
from probing.errors import ProbingError
from probing.events import Event, RunCancelled, RunFailed
from probing.logs import EventWriter, Lock, RunFolder, run_lock


class Cancelled(BaseException):
    """The run was asked to stop."""


class Signals:
    """Turns SIGTERM and SIGINT into `Cancelled`, but never in the middle of a write."""

    def __init__(self) -> None:
        self._shielded = False
        self._pending = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._handle)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self._shielded:
            self._pending = True
            return
        self._shielded = True
        raise Cancelled

    @contextmanager
    def shield(self) -> Iterator[None]:
        """What runs inside is finished before a signal is obeyed."""
        outer, self._shielded = self._shielded, True
        try:
            yield
        finally:
            self._shielded = outer
        if self._pending and not outer:
            self._pending, self._shielded = False, True
            raise Cancelled


def main(arguments: Sequence[str]) -> int:
    """Run the folder named on the command line; returns the exit code."""
    run = RunFolder(Path(arguments[0]).resolve())
    lock = Lock(run_lock(run.path))
    if not lock.acquire():
        print(f"{run.name} is run by another process already", file=sys.stderr)
        return 1
    signals = Signals()
    _own(run, {})
    try:
        return _guarded(run, signals)
    finally:
        _own(run, {"ended": time.time()})
        lock.release()


def _own(run: RunFolder, more: dict[str, float]) -> None:
    owner = {
        "pid": os.getpid(),
        "started": time.time(),
        "boot_id": _boot_id(),
        "host": socket.gethostname(),
    }
    run.write(run.owner, json.dumps(owner | run.read_owner() | more if more else owner))


def _boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def _guarded(run: RunFolder, signals: Signals) -> int:
    """Work, and log how it ended, whatever happens."""
    try:
        return _work(run, signals)
    except Cancelled:
        _end(run, RunCancelled("signal"))
        return 130
    except ProbingError as error:
        _end(run, RunFailed(str(error), error.exit_code))
        traceback.print_exc()
        return error.exit_code
    except Exception as error:
        message = f"{type(error).__name__}: {error}"
        _end(run, RunFailed(" ".join(message.split())[:500], 1))
        traceback.print_exc()
        return 1


def _end(run: RunFolder, event: Event) -> None:
    try:
        writer = EventWriter(run.events)
        writer.append([event])
        writer.close()
    except ProbingError as error:
        print(error, file=sys.stderr)


def _work(run: RunFolder, signals: Signals) -> int:
    spec = specs.load(run.spec)
    from probing.experiment import execute  # torch: about 2 s, only the runner pays

    return execute(run, spec, run.path, shield=signals.shield)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
