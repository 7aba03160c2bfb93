"""Show which tokens poolers take of texts: `python -P -m probing.token_preview < REQUEST`.

The request and the answer are JSON objects. `{"texts", "spans", "turns", "generation_prompt",
"generate", "model", "poolers"}`, a model and poolers as entries of a spec, gives `{"rows":
[{"pooler", "tokens": [text, …], "taken": [true, …]}, …]}`, a row for each text and pooler, and
exit code 0; or `{"error"}` and its exit code. It is a separate process because tokenizers load
torch.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from probing import catalog, computing
from probing.datasets.marks.chats import Chats
from probing.engine.extraction import continue_texts
from probing.engine.models import DistinctTexts, LMModel, Tokens, tokens_of
from probing.engine.models.loading import load_tokenizer
from probing.engine.models.token_names import spelt
from probing.engine.pooling import TextParts, TextTokens, TokenPool
from probing.errors import ProbingError
from probing.spec import ModelSpec, PoolerSpec, read_entry
from probing.token_stage import as_read, choices_of


def preview(request: Mapping[str, Any], base: Path) -> dict[str, Any]:
    """The tokens of each text and which of them each pooler takes.

    Where the model is to continue the texts it does so, for which its weights are loaded.

    Raises `ProbingError` for a tokenizer that cannot be had, or cannot find what is asked.
    """
    spec = read_entry(request["model"], ModelSpec, "model", "--model")
    poolers = [read_entry(one, PoolerSpec, "pool", "--pooler") for one in request["poolers"]]
    texts, spans, turns = request["texts"], request.get("spans"), request.get("turns")
    said = [tuple((role, start, end) for role, start, end in own) for own in turns or ()]
    chats = Chats(tuple(said), bool(request.get("generation_prompt"))) if turns else None
    generate = int(request.get("generate") or 0)
    poolers = [as_read(one, generate) for one in poolers]
    places = None if spans is None else np.asarray(spans, dtype=np.int64)
    # one text at a time, so that rows of one text stay apart
    read = [_one(text, places, chats, generate, at) for at, text in enumerate(texts)]
    if generate:
        catalog.check_causal(catalog.facts(spec, base), "generate")
        model = LMModel.from_spec(spec, base=base, with_head=True)
        read = [one.continued(continue_texts(model, one)) for one in read]
    choices = choices_of(poolers)
    tokens = [tokens_of(one, spec, base, choices) for one in read]
    tokenizer = load_tokenizer(spec, catalog.facts(spec, base), base)
    rows = [row for one in tokens for row in _rows(one, tokenizer, poolers)]
    return {"rows": rows}


def _one(text: str, spans: Any, chats: Chats | None, generate: int, at: int) -> DistinctTexts:
    own = None if spans is None else spans[at : at + 1]
    return DistinctTexts([text], own, None if chats is None else chats.of([at]), generate)


def _rows(
    tokens: Tokens, tokenizer: Any, poolers: Sequence[PoolerSpec]
) -> Iterator[dict[str, Any]]:
    shown = [spelt(tokenizer, token) for token in tokens.ids.tolist()]
    texts = TextTokens.packed(tokens.lengths, tokens.specials, tokens.chosen)
    units = tokens.units
    parts = None if units is None else TextParts.of(units.counts, units.ranges)
    for pooler in poolers:
        pool = TokenPool.of(pooler)
        selection = pool.select(texts, parts)
        taken = torch.zeros(len(shown), dtype=torch.bool)
        at = selection.picked.flatten() if pool.pool == "token" else selection.at
        taken[slice(None) if at is None else at] = True
        yield {"pooler": pooler.label, "tokens": shown, "taken": taken.tolist()}


def main(request: str) -> int:
    """Answer on the standard output; returns the exit code."""
    try:
        told, code = preview(json.loads(request), Path.cwd()), 0
    except ProbingError as error:
        told, code = {"error": str(error)}, error.exit_code
    print(json.dumps(told), flush=True)
    return code


if __name__ == "__main__":
    computing.end_quickly()
    sys.exit(main(sys.stdin.read()))
