"""The heatmaps of rows of tokens: one for each text and each series of probes over layers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from probing.probes import Card
from probing.probes.by_layer import from_threshold
from tui.console.reports.heatmap import Heatmap
from tui.texts.sanitiser import clean

Series = dict[str, list[int]]


def series_of(cards: Sequence[Card]) -> Series:
    """The probes that differ in their layer alone, in order; only where there are several."""
    found: Series = {}
    for at, card in enumerate(cards):
        if card.task != "multiclass" and card.place.layer is not None and card.fold is None:
            place = card.place
            parts = card.dataset.name, place.site, place.label, card.classifier.name
            found.setdefault(" · ".join(parts), []).append(at)
    return {
        name: sorted(own, key=lambda at: cards[at].place.layers)
        for name, own in found.items()
        if len({cards[at].place.layers for at in own}) == len(own) > 1
    }


def maps_of(
    columns: Mapping[str, Sequence[Any]], cards: Sequence[Card], labels: Sequence[str]
) -> Iterator[Heatmap]:
    """The heatmaps of the rows of some texts, text by text."""
    series = series_of(cards)
    for start, end in _texts(columns, len(cards)):
        for name, own in series.items():
            yield _map(columns, range(start, end), name, own, cards, labels)


def _texts(columns: Mapping[str, Sequence[Any]], n_probes: int) -> Iterator[tuple[int, int]]:
    """Where the rows of each text begin and end: each of its probes counts its tokens from 0."""
    begins = [at for at, place in enumerate(columns["token_at"]) if place in (0, None)]
    starts = [*begins[::n_probes], len(columns["token_at"])]
    yield from pairwise(starts)


def _map(
    columns: Mapping[str, Sequence[Any]],
    rows: range,
    name: str,
    own: Sequence[int],
    cards: Sequence[Card],
    labels: Sequence[str],
) -> Heatmap:
    by_probe: dict[str, list[int]] = {}
    for row in rows:
        by_probe.setdefault(columns["probe"][row], []).append(row)
    places = [by_probe[labels[at]] for at in own]
    scores = [[columns["score"][row] for row in lot] for lot in places]
    return Heatmap(
        title=f"{clean(columns['text'][rows.start], 200)}\n{clean(name)}: score by layer and token",
        tokens=[str(columns["token"][row] or "") for row in places[0]],
        layers=[cards[at].place.layers[0] for at in own],
        scores=scores,
        shades=_shades(scores, [cards[at] for at in own]),
    )


def _shades(scores: Sequence[Sequence[float | None]], cards: Sequence[Card]) -> list[list[float]]:
    """How far scores are from the threshold, of the furthest: in calibrated log odds.

    A layer that knows nothing stays pale, whatever the units of its scores. Numbers are compared
    with the mean of all.
    """
    known = [one for row in scores for one in row if one is not None]
    mean = sum(known) / max(1, len(known))
    far = [
        [0.0 if one is None else _from_undecided(card, one, mean) for one in row]
        for card, row in zip(cards, scores, strict=True)
    ]
    largest = max((abs(one) for row in far for one in row), default=0.0) or 1.0
    return [[one / largest for one in row] for row in far]


def _from_undecided(card: Card, score: float, mean: float) -> float:
    return score - mean if card.task == "regression" else from_threshold(card, score)
