"""Ask a process which tokens poolers take of texts: a tokenizer loads what the app does not."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from probing.errors import ModelError, process_end

if TYPE_CHECKING:
    from probing.datasets import TextDataset

PATIENCE_S = 600.0


def request_of(
    data: TextDataset, rows: Sequence[int], model: Any, poolers: Sequence[Any]
) -> dict[str, Any]:
    """The request for some rows of a dataset; model and poolers are entries of a spec."""
    chats = data.chats
    return {
        "texts": [data.texts[row] for row in rows],
        "spans": None if data.spans is None else data.spans[list(rows)].tolist(),
        "turns": None if chats is None else [chats.turns[row] for row in rows],
        "generation_prompt": chats is not None and chats.generation_prompt,
        "generate": data.generate,
        "model": model,
        "poolers": list(poolers),
    }


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
