"""Ask a process of ours one question: it loads what the app does not."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from probing.errors import ModelError, process_end

PATIENCE_S = 600.0


def answer_of(module: str, request: Mapping[str, Any], loads: str) -> dict[str, Any]:
    """What `python -m module` answers to a request about the model that it names.

    Raises `ModelError` for what the process says went wrong, or where it ends without an answer.
    """
    where = str(request["model"])
    command = [sys.executable, "-P", "-m", module]
    try:
        done = subprocess.run(
            command, input=json.dumps(request), capture_output=True, text=True, timeout=PATIENCE_S
        )
        told: dict[str, Any] = json.loads(done.stdout.strip().rpartition("\n")[2])
    except subprocess.TimeoutExpired:
        raise ModelError(f"no answer within {PATIENCE_S:.0f} s", where=where) from None
    except ValueError:
        what = f"the process that loads {loads} {process_end(done.returncode)}"
        raise ModelError(what, where=where) from None
    if "error" in told:
        raise ModelError(str(told["error"]))
    return told
