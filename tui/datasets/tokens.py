"""How a model cuts texts into tokens, and which of them each pooler takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from rich.text import Text
from textual.widget import Widget

from probing.errors import ProbingError
from probing.spec import ModelSpec, PoolerSpec, as_entry
from tui.datasets.contents import Contents
from tui.processes.background import Latest
from tui.processes.computing.token_preview import request_of, taken_tokens
from tui.texts.errors import error_text
from tui.texts.facts.marked_tokens import marked
from tui.texts.sanitiser import clean

N_TEXTS = 6
MOST_WIDE = 2000
USUAL = (PoolerSpec(pool="mean"), PoolerSpec(pool="last"))


class TokenCuts:
    """Has the models of this machine, one at a time, cut texts; `show` is given what to show."""

    def __init__(self, owner: Widget, show: Callable[[Text], None]) -> None:
        self._show = show
        self._latest: Latest[list[dict[str, Any]]] = Latest(owner)
        self._asked: object = None
        self.models: list[ModelSpec] = []
        self.at = 0

    @property
    def model(self) -> ModelSpec:
        """The model that cuts."""
        return self.models[self.at % len(self.models)]

    def forget(self) -> None:
        """Cut again when asked next."""
        self._asked = None

    def ask(self, contents: Contents, first: int, draft: Sequence[PoolerSpec]) -> None:
        """Have the texts cut from row `first` on, unless that was asked for last."""
        model, poolers = self.model, poolers_of(draft)
        if self._asked == (id(contents), first, model, poolers):
            return
        self._asked = id(contents), first, model, poolers
        self._show(Text(f"loading the tokenizer of {clean(model.model)} …"))
        work = partial(cut, contents, first, model, poolers)
        self._latest.ask(work, partial(self._have, contents, first))

    def _have(
        self, contents: Contents, first: int, found: list[dict[str, Any]] | ProbingError
    ) -> None:
        if isinstance(found, ProbingError):
            self._show(Text(f"✗ {error_text(found)}"))
        else:
            labels = contents.data.labels[first : first + len(found)]
            self._show(tokens_text(found, labels, first))


def poolers_of(draft: Sequence[PoolerSpec]) -> tuple[PoolerSpec, ...]:
    """One pooler for each choice of tokens in the draft, or the usual ones; their layers aside."""
    found: dict[str, PoolerSpec] = {}
    for one in draft or USUAL:
        label = one.label
        found.setdefault(label, one)
    return tuple(found.values())


def cut(
    contents: Contents, first: int, model: ModelSpec, poolers: Sequence[PoolerSpec]
) -> list[dict[str, Any]]:
    """The tokens of a few rows from `first` on, for each pooler.

    Raises `ModelError` where the tokenizer cannot be had.
    """
    rows = range(first, min(first + N_TEXTS, len(contents.data)))
    asked = [as_entry(one, "") for one in poolers]
    return taken_tokens(request_of(contents.data, rows, as_entry(model, "model"), asked))


def tokens_text(answers: Sequence[Mapping[str, Any]], labels: Sequence[str], first: int) -> Text:
    """For each text its label, its number of tokens, and a line for each pooler."""
    text = Text()
    poolers = list(dict.fromkeys(one["pooler"] for one in answers))
    n_texts = len(answers) // max(len(poolers), 1)
    by_text: list[list[Mapping[str, Any]]] = [[] for _ in range(n_texts)]
    counts = dict.fromkeys(poolers, 0)
    for one in answers:
        by_text[counts[one["pooler"]] % n_texts].append(one)
        counts[one["pooler"]] += 1
    for at, own in enumerate(by_text):
        text.append(f"row {first + at}", style="bold")
        text.append(f"  {clean(labels[at], 40)}  {len(own[0]['tokens']):,} tokens\n")
        for one in own:
            n_taken = sum(one["taken"])
            text.append(f"{clean(one['pooler'])}, {n_taken} taken\n", style="italic")
            shown = marked(one["tokens"], one["taken"])
            text.append(f"{clean(shown, MOST_WIDE)}\n")
        text.append("\n")
    return text
