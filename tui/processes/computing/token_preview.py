"""Ask a process which tokens poolers take of texts: a tokenizer loads what the app does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tui.processes.computing.asking import answer_of

if TYPE_CHECKING:
    from probing.datasets import TextDataset


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
    rows: list[dict[str, Any]] = answer_of("probing.token_preview", request, "its tokenizer")[
        "rows"
    ]
    return rows
