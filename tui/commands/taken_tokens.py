"""Texts of a dataset with the tokens marked that poolers take: `data check --model`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from probing import datasets
from probing.datasets import DatasetFacts
from probing.datasets.marks.marked_text import CLOSE, OPEN
from probing.errors import SpecError
from probing.spec import DatasetSpec
from tui.processes.token_preview import taken_tokens
from tui.texts.sanitiser import clean

N_TEXTS = 4
MOST_WIDE = 600  # characters of a text that are shown


def lines_of(
    entry: DatasetSpec, facts: DatasetFacts, model: str, poolers: Sequence[str]
) -> Iterator[str]:
    """Some texts of a dataset, spread over it, once for each pooler.

    Raises `ModelError` where the model's tokenizer cannot tell its tokens.
    """
    data = datasets.load(entry, Path(facts.path))
    rows = sorted({at * len(data) // N_TEXTS for at in range(N_TEXTS)})
    chats = data.chats
    request = {
        "texts": [data.texts[row] for row in rows],
        "spans": None if data.spans is None else data.spans[rows].tolist(),
        "turns": None if chats is None else [chats.turns[row] for row in rows],
        "generation_prompt": chats is not None and chats.generation_prompt,
        "generate": data.generate,
        "model": _value(model),
        "poolers": [_value(one) for one in poolers or ("mean",)],
    }
    last = ""
    for row in taken_tokens(request):
        if row["pooler"] != last:
            last = row["pooler"]
            yield f"tokens   {clean(last)}"
        yield f"         {clean(marked(row['tokens'], row['taken']), MOST_WIDE)}"


def marked(tokens: Sequence[str], taken: Sequence[bool]) -> str:
    """A text of its tokens, with brackets around those that are taken."""
    pieces = []
    for is_taken, run in groupby(zip(tokens, taken, strict=True), key=lambda pair: pair[1]):
        words = [token for token, _ in run]
        joined = "·".join(words) if is_taken else " ".join(words)
        pieces.append(f"{OPEN}{joined}{CLOSE}" if is_taken else joined)
    return " ".join(" ".join(pieces).split())


def _value(text: str) -> Any:
    """A name, or an inline table of TOML."""
    if not text.lstrip().startswith("{"):
        return text
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError as error:
        hint = 'write { pool = "mean", tokens = "user" }'
        raise SpecError(f"{text!r} is no table of TOML ({error})", hint=hint) from None
