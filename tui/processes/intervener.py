"""Have a process do an intervention: it computes, the app and the command line do not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from probing.errors import ProbingError, RunError, process_end
from probing.interventions.folder import InterventionFolder
from probing.logs.plain_files import open_to_write

PATIENCE_S = 10.0


class FailedElsewhereError(ProbingError):
    """What the process says went wrong, with its exit code."""

    def __init__(self, line: str, code: int) -> None:
        super().__init__(line)
        self.exit_code = code  # type: ignore[misc]


def _told(line: bytes) -> dict[str, Any]:
    """What a line tells: nothing, where a library printed it."""
    try:
        told = json.loads(line)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def intervened(folder: InterventionFolder) -> Iterator[dict[str, Any]]:
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
        try:
            assert process.stdout is not None
            for line in process.stdout:
                told = _told(line)
                if "error" in told:
                    raise FailedElsewhereError(str(told["error"]), int(told["exit_code"]))
                if told:
                    yield told
        except (GeneratorExit, KeyboardInterrupt):
            process.terminate()
            raise
    if process.returncode:
        what = f"the process that computes {process_end(process.returncode)}"
        raise RunError(what, where=str(folder.log), hint="start it again: what it did is kept")
