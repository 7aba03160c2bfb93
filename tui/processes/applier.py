"""Ask a process to apply saved probes: it computes, the app and the command line do not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from probing.errors import ProbeError, ProbingError, process_end

Told = dict[str, Any]


class AppliedElsewhereError(ProbingError):
    """What the process says went wrong, with its exit code."""

    def __init__(self, line: str, code: int) -> None:
        super().__init__(line)
        self.exit_code = code  # type: ignore[misc]


def applied(request: Mapping[str, Any]) -> Iterator[Told]:
    """The lines that `probing.applying` answers, as they come; standard input is its own too.

    Raises what the process says went wrong, and `ProbeError` where it ends without a word.
    """
    reading, writing = os.pipe()
    command = [sys.executable, "-P", "-m", "probing.applying", str(reading)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, pass_fds=[reading]) as process:
        os.close(reading)
        try:
            with os.fdopen(writing, "w", encoding="utf-8") as file:
                json.dump(dict(request), file)
            assert process.stdout is not None
            for line in process.stdout:
                told = json.loads(line)
                if "error" in told:
                    raise AppliedElsewhereError(str(told["error"]), int(told["exit_code"]))
                yield told
        except GeneratorExit:
            process.terminate()
            raise
        except BrokenPipeError:
            pass  # it ended before it read the request
        except KeyboardInterrupt:
            process.terminate()
            raise
    if process.returncode:
        raise ProbeError(f"the process that applies probes {process_end(process.returncode)}")
