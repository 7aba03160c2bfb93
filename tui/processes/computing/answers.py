"""What a process of ours answers while it computes: a JSON object a line, or what went wrong."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from typing import Any

from probing.errors import ProbingError

Told = dict[str, Any]


class FailedElsewhereError(ProbingError):
    """What a process says went wrong, with its exit code."""

    def __init__(self, line: str, code: int) -> None:
        super().__init__(line)
        self.exit_code = code  # type: ignore[misc]


def answers(process: subprocess.Popen[bytes]) -> Iterator[Told]:
    """The objects that a process prints, as they come; what libraries print is passed by.

    Raises `FailedElsewhereError` for what it says went wrong, and then, as where nobody reads on,
    ends it.
    """
    assert process.stdout is not None
    try:
        for line in process.stdout:
            told = _told(line)
            if "error" in told:
                raise FailedElsewhereError(str(told["error"]), int(told["exit_code"]))
            if told:
                yield told
    except BaseException:
        process.terminate()
        raise


def _told(line: bytes) -> Told:
    try:
        told = json.loads(line)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
