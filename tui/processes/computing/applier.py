"""Ask a process to apply saved probes: it computes, the app and the command line do not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import IO, Any

from probing.errors import ProbeError, process_end
from tui.processes.computing.answers import Told, answers

_LONGEST = 300  # characters of the last line of a process


def applied(request: Mapping[str, Any]) -> Iterator[Told]:
    """The lines that `probing.applying` answers, as they come; standard input is its own too.

    What its libraries print is shown only where it ends without a word. Raises what the process
    says went wrong, and `ProbeError` where it says nothing.
    """
    reading, writing = os.pipe()
    command = [sys.executable, "-P", "-m", "probing.applying", str(reading)]
    with tempfile.TemporaryFile() as printed:
        files: Any = {"stdout": subprocess.PIPE, "stderr": printed, "pass_fds": [reading]}
        with subprocess.Popen(command, **files) as process:
            os.close(reading)
            try:
                _ask(writing, request)
                yield from answers(process)
            except BaseException:
                process.terminate()
                raise
        if process.returncode:
            raise ProbeError(
                f"the process that applies probes {ended(process.returncode, printed)}"
            )


def _ask(descriptor: int, request: Mapping[str, Any]) -> None:
    with suppress(BrokenPipeError), os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(dict(request), file)


def ended(code: int, printed: IO[bytes]) -> str:
    """How it ended, with the last line that it printed."""
    printed.seek(0)
    lines = printed.read().decode(errors="replace").strip().splitlines()
    return f"{process_end(code)}: {lines[-1][-_LONGEST:]}" if lines else process_end(code)
