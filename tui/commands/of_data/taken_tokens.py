"""Texts of a dataset with the tokens marked that poolers take: `data check --model`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from probing import datasets
from probing.datasets import DatasetFacts
from probing.errors import SpecError
from probing.spec import DatasetSpec
from tui.processes.computing.token_preview import request_of, taken_tokens
from tui.texts.facts.marked_tokens import marked
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
    asked = [_value(one) for one in poolers or ("mean",)]
    request = request_of(data, rows, _value(model), asked)
    last = ""
    for row in taken_tokens(request):
        if row["pooler"] != last:
            last = row["pooler"]
            yield f"tokens   {clean(last)}"
        yield f"         {clean(marked(row['tokens'], row['taken']), MOST_WIDE)}"


def _value(text: str) -> Any:
    """A name, or an inline table of TOML."""
    if not text.lstrip().startswith("{"):
        return text
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError as error:
        hint = 'write { pool = "mean", tokens = "user" }'
        raise SpecError(f"{text!r} is no table of TOML ({error})", hint=hint) from None
