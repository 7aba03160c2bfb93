"""Have a process do an intervention: it computes, the app and the command line do not."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

from probing.errors import RunError, process_end
from probing.interventions.folder import InterventionFolder
from probing.logs.plain_files import open_to_write
from tui.processes.answers import Told, answers


def intervened(folder: InterventionFolder) -> Iterator[Told]:
    """How far the process is that does what `folder` asks for, as it goes; what it prints besides
    is in its log.

    Raises what the process says went wrong, and `RunError` where it ends without a word.
    """
    command = [sys.executable, "-P", "-m", "probing.intervening", str(folder.path)]
    log = open_to_write(folder.log, os.O_APPEND)
    try:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log
        )
    finally:
        os.close(log)
    with process:
        yield from answers(process)
    if process.returncode:
        what = f"the process that computes {process_end(process.returncode)}"
        raise RunError(what, where=str(folder.log), hint="start it again: what it did is kept")
