"""Start the process of an intervention, and follow what it tells: the command line computes not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from probing.errors import RunError, process_end
from probing.interventions.folder import InterventionFolder
from probing.interventions.progress import Told, end_of, told_from
from probing.logs import RunFolder
from probing.logs.plain_files import check_plain, open_to_write
from tui.processes.answers import FailedElsewhereError
from tui.processes.launcher import cancel

POLL_S = 0.1


def start_intervention(folder: InterventionFolder) -> subprocess.Popen[bytes]:
    """Start (or go on with) an intervention in a session of its own, output to its log."""
    check_plain(folder.path)
    try:
        log = open_to_write(folder.log, os.O_APPEND)
    except OSError as error:
        what = f"the log cannot be written ({error.strerror})"
        raise RunError(what, where=str(folder.log), hint="make room or check its owner") from None
    try:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "probing.intervening", str(folder.path.absolute())],
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
    place = end_of(folder)
    process = start_intervention(folder)
    try:
        with _sigterm_as_interrupt():
            yield from _told(folder, place, process)
    except FailedElsewhereError:
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
        if over:
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
