"""What a tokenizer alone tells of a request: it is refused before the weights are loaded."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from probing import catalog
from probing.engine.applying.own_model import entry_of
from probing.engine.models import Tokens
from probing.engine.models.loading import load_tokenizer
from probing.engine.models.tokenizing import tokenise
from probing.errors import SpecError
from probing.interventions.choices import check_one_token
from probing.interventions.requests import Explain, Patch, Request
from probing.probes import Card

_ALIGN = "give twins that differ token for token"


def check_tokens(card: Card, request: Request) -> None:
    """Raises `SpecError` for choices that are not one token each and twins that do not align."""
    if isinstance(request, Explain) or not (isinstance(request, Patch) or request.choices):
        return
    entry = entry_of(card)
    name, facts = card.model.name, catalog.facts(entry, Path())
    tokenizer = load_tokenizer(entry, facts, Path())
    if not isinstance(request, Patch):
        choice_ids(tokenizer, request.choices, name)
        return
    for answers in dict.fromkeys(request.answers):
        choice_ids(tokenizer, answers, name)
    refuse([unaligned(tokenizer, twins) for twins in request.twins], skips=request.skips)


def choice_ids(tokenizer: Any, choices: Sequence[str], model: str) -> list[int]:
    """The token of each choice; raises `SpecError` for one that is several, or unknown, tokens."""
    ids = [_only_id(tokenizer, choice, model) for choice in choices]
    if len(set(ids)) < len(ids):
        what = f"two of the choices {', '.join(map(repr, choices))} are one token of {model}"
        raise SpecError(what, where="--choices", hint="name different tokens")
    return ids


def _only_id(tokenizer: Any, choice: str, model: str) -> int:
    ids = list(tokenizer(choice, add_special_tokens=False)["input_ids"])
    pieces = tokenizer.convert_ids_to_tokens(ids)
    if len(ids) == 1 and ids[0] != tokenizer.unk_token_id:
        return int(ids[0])
    if len(ids) == 1:
        what = f"the choice {choice!r} is unknown to {model}"
        raise SpecError(what, where="--choices", hint="use words of its vocabulary")
    check_one_token(choice, pieces, model)
    raise SpecError(f"the choice {choice!r} is no token of {model}", where="--choices")


def unaligned(tokenizer: Any, twins: Sequence[str]) -> str:
    """Why a pair cannot be patched token by token; empty where it can."""
    tokens = tokenise(tokenizer, twins, None)
    n, m = tokens.lengths.tolist()
    if n != m:
        return f"its twins have {n} and {m} tokens"
    return "" if first_apart(tokens) < n else "its twins are the same text to the model"


def first_apart(tokens: Tokens) -> int:
    """The first token in which two texts of one length differ; the length where none does."""
    n = int(tokens.lengths[0])
    apart = (tokens.ids[:n] != tokens.ids[n:]).nonzero()
    return int(apart[0]) if len(apart) else n


def refuse(reasons: Sequence[str], *, skips: bool = False) -> None:
    """Raises `SpecError` where a pair has a reason why it cannot be patched, or where all have
    one if such are skipped."""
    bad = [at for at, reason in enumerate(reasons) if reason]
    if skips and bad and len(bad) == len(reasons):
        what = f"no pair can be patched: of the first, {reasons[0]}"
        raise SpecError(what, where="--pairs", hint=_ALIGN)
    if not bad or skips:
        return
    more = f", and so {len(bad) - 1} more of {len(reasons)}" if len(bad) > 1 else ""
    what = f"pair {bad[0] + 1} cannot be patched: {reasons[bad[0]]}{more}"
    hint = f"{_ALIGN}, or leave such pairs out with --skip-unaligned"
    raise SpecError(what, where="--pairs", hint=hint)
