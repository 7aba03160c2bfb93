"""Start the process of an intervention, and follow what it tells: the command line computes not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

from probing.errors import ProbingError, RunError, process_end
from probing.interventions.folder import InterventionFolder
from probing.interventions.progress import Told, end_of, told_from
from probing.logs import RunFolder
from probing.logs.folders.plain_files import check_plain, open_to_write
from tui.processes.computing.answers import FailedElsewhereError
from tui.processes.launcher import cancel

POLL_S = 0.1


def start_intervention(*folders: InterventionFolder) -> subprocess.Popen[bytes]:
    """Start (or go on with) interventions in one process, in a session of its own.

    They are done one after another; what it prints is in the log of the first.
    """
    for each in folders:
        check_plain(each.path)
    folder = folders[0]
    try:
        log = open_to_write(folder.log, os.O_APPEND)
    except OSError as error:
        what = f"the log cannot be written ({error.strerror})"
        raise RunError(what, where=str(folder.log), hint="make room or check its owner") from None
    paths = [str(each.path.absolute()) for each in folders]
    try:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "probing.intervening", *paths],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    except OSError as error:
        raise RunError(f"it cannot start ({error.strerror})", where=folder.name) from None
    finally:
        os.close(log)


def intervened(folder: InterventionFolder) -> Iterator[Told]:
    """Start what a folder asks for, and what is told of it as it goes; who interrupts cancels it.

    Raises what the process says went wrong, and `RunError` where it ends without a word.
    """
    return Intervening([folder]).told(folder)


class Intervening:
    """A process that was started for some folders, to be followed one after another."""

    def __init__(self, folders: Sequence[InterventionFolder]) -> None:
        self._places = {folder.path: end_of(folder) for folder in folders}
        self._process = start_intervention(*folders)

    def told(self, folder: InterventionFolder) -> Iterator[Told]:
        """What is told of one of the folders, as `intervened`."""
        process = self._process
        try:
            with _sigterm_as_interrupt():
                yield from _told(folder, self._places[folder.path], process)
        except ProbingError:
            raise
        except BaseException:  # Ctrl-C here, or in what reads this
            # one that is starting has not come to say who it is
            if process.poll() is None and not cancel(RunFolder(folder.path)):
                process.terminate()
            raise


def followed(folder: InterventionFolder) -> Iterator[Told]:
    """What is told of an intervention that another process started, from its last attempt on."""
    place, before = 0, 0
    for record, behind in told_from(folder):
        place = before if "started" in record else place
        before = behind
    yield from _told(folder, place, None)


def _told(
    folder: InterventionFolder, place: int, process: subprocess.Popen[bytes] | None
) -> Iterator[Told]:
    end: Told = {}
    while True:
        over = _is_over(folder, process)  # before reading, so that nothing is missed
        for record, behind in told_from(folder, place):
            end, place = record, behind
            if "error" in record:
                raise FailedElsewhereError(str(record["error"]), int(record["exit_code"]))
            if "cancelled" in record:
                raise KeyboardInterrupt
            if "of" in record or "told" in record:
                yield record
        if over or "finished" in end:
            break
        time.sleep(POLL_S)
    if "finished" not in end and not folder.rows.exists():
        code = None if process is None else process.returncode
        ended = "was killed" if code is None else process_end(code)
        what, hint = f"the process that computes {ended}", "start it again: what it did is kept"
        raise RunError(what, where=str(folder.log), hint=hint)


def _is_over(folder: InterventionFolder, process: subprocess.Popen[bytes] | None) -> bool:
    if process is not None:
        return process.poll() is not None
    return not RunFolder(folder.path).is_alive()


@contextmanager
def _sigterm_as_interrupt() -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield  # whose signals are somebody else's
        return
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupt(*_: Any) -> NoReturn:
    raise KeyboardInterrupt
