"""The process that intervenes in a model: `python -P -m probing.intervening FOLDER…`.

A folder holds the request, and takes what is measured, unit by unit; several are done one after
another, of one model that is loaded once. `progress.jsonl` in it
tells how far it is (`probing.interventions.progress`). It is a separate process, in a session of
its own, because it computes and outlives the terminal; SIGTERM ends it. What an earlier one
measured of the same request is not measured again.
"""

from __future__ import annotations

import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any

from probing import computing
from probing.errors import Interruption, ProbingError, RunError, in_one_line
from probing.interventions.folder import InterventionFolder
from probing.interventions.progress import tell
from probing.logs import RunFolder, runner_log
from probing.logs.folders.full_disk import is_disk_full
from probing.logs.folders.ownership import Ownership
from probing.logs.mirrors.sending import Sender

PATIENCE_S = 1.0
INTERRUPTED = 130


class Cancelled(Interruption):
    """The intervention was asked to stop."""


class _Stop:
    """Turns SIGTERM and SIGINT into `Cancelled`, once more at the next word if one was lost."""

    is_asked = False

    def __init__(self) -> None:
        numbers = signal.SIGTERM, signal.SIGINT
        self._before = {number: signal.signal(number, self._handle) for number in numbers}

    def close(self) -> None:
        """Have signals mean what they did before."""
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        is_first, self.is_asked = not self.is_asked, True
        if is_first:
            raise Cancelled


def main(arguments: Sequence[str]) -> int:
    """Do what the folders ask for; returns the exit code, of several the last that is not 0."""
    stop, worst = _Stop(), 0
    try:
        for path in arguments:
            code = _one(InterventionFolder(Path(path).resolve()), stop)
            if code == INTERRUPTED:
                return code
            worst = code or worst
    finally:
        stop.close()
    return worst


def _one(folder: InterventionFolder, stop: _Stop) -> int:
    held = Ownership.take(RunFolder(folder.path), PATIENCE_S)
    if held is None:
        print(f"another process is already at work on {folder.name}", file=sys.stderr)
        return 1
    held.announce()
    sender = Sender(folder.path)
    tell(folder, {"started": True})

    def told(record: dict[str, Any]) -> None:
        tell(folder, record)
        if stop.is_asked:
            raise Cancelled

    end, code = _done(folder, told)
    tell(folder, end)
    held.release(ended=True)
    with suppress(Cancelled):
        sender.wait()
    return code


def _done(folder: InterventionFolder, told: Callable[[dict[str, Any]], None]) -> tuple[Any, int]:
    """Work; returns the line that says how it ended, and the exit code."""
    try:
        folder.read_request()  # one that is damaged is told at once
        with computing.loading():
            from probing.engine.interventions.work import work  # torch

        work(folder, told)
    except ProbingError as error:
        return _failed(str(error), error.exit_code)
    except (KeyboardInterrupt, Interruption):  # what is done is kept
        return {"cancelled": True}, INTERRUPTED
    except BaseException as error:
        traceback.print_exc()
        if is_disk_full(error):
            hint = "make room, then resume it"
            return _failed(str(RunError("the disk is full", where=str(folder.path), hint=hint)), 1)
        return _failed(in_one_line(error, 500), 1)
    return {"finished": True}, 0


def _failed(line: str, code: int) -> tuple[dict[str, Any], int]:
    return {"error": line, "exit_code": code}, code


if __name__ == "__main__":
    computing.begin()
    runner_log.take_over()
    sys.exit(main(sys.argv[1:]))
