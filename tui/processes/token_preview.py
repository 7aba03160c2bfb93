"""Ask a process which tokens poolers take of texts: a tokenizer loads what the app does not."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from probing.errors import ModelError, process_end

PATIENCE_S = 600.0


def taken_tokens(request: Mapping[str, Any]) -> list[dict[str, Any]]:
    """For each text and pooler of a request its tokens, and which are taken.

    Request and rows are those of `probing.token_preview`. Raises `ModelError` where the tokenizer
    cannot be had, or cannot find what is asked.
    """
    where = str(request["model"])
    command = [sys.executable, "-P", "-m", "probing.token_preview"]
    try:
        done = subprocess.run(
            command, input=json.dumps(request), capture_output=True, text=True, timeout=PATIENCE_S
        )
        told = json.loads(done.stdout.strip().rpartition("\n")[2])
    except subprocess.TimeoutExpired:
        raise ModelError(f"no answer within {PATIENCE_S:.0f} s", where=where) from None
    except ValueError:
        what = f"the process that loads its tokenizer {process_end(done.returncode)}"
        raise ModelError(what, where=where) from None
    if "error" in told:
        raise ModelError(str(told["error"]))
    rows: list[dict[str, Any]] = told["rows"]
    return rows
