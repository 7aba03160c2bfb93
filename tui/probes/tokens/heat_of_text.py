"""From what the process answers of a text to the heatmap of its tokens by layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from probing.probes import Card
from probing.probes.by_layer import from_rivals, from_threshold
from tui.plot.grids.heat import Heat, scale_of

WHOLE = "text"  # the column of the whole text
Scores = Sequence[Sequence[Any]]


@dataclass(frozen=True)
class HeatOfText:
    """A heatmap, deepest layer on top, with what its cells say: scores, of numbers less `mean`.

    `far` are the distances from the threshold (of several classes from the best of the others, of
    numbers from the mean), and `scale` the one that has the full colour. `at` chooses a class.
    """

    heat: Heat
    cards: tuple[Card, ...]
    scale: float
    mean: float

    def card(self, row: int) -> Card:
        """The probe of a row."""
        return self.cards[len(self.cards) - 1 - row]


def heat_of(told: dict[str, Any], cards: Sequence[Card], at: int = 0) -> HeatOfText:
    """The heatmap of an answer by the probes of `cards`, from the first layer up."""
    texts = [one["score"] for one in told["texts"]]
    whole: list[list[Any]] = [[one] for one in texts] or [[] for _ in cards]
    scores = [[*first, *own] for first, own in zip(whole, told["scores"], strict=True)]
    n_apart = len(whole[0]) if whole else 0
    values = [[_of_class(one, at) for one in row] for row in scores]
    mean = _mean(values)
    far = [
        [_far(card, one, at, mean) for one in row] for card, row in zip(cards, scores, strict=True)
    ]
    # models put what says nothing of the text at its first token
    first = n_apart + (len(told["tokens"]) > 2)
    scale = scale_of([row[first:] for row in far])
    shades = [tuple(0.0 if one is None else one / scale for one in row) for row in far]
    if cards[0].task == "regression":
        values = far  # numbers such as years differ in their last digits
    heat = Heat(
        columns=(*[WHOLE] * n_apart, *told["tokens"]),
        rows=tuple(str(card.place.layers[0]) for card in reversed(cards)),
        values=tuple(tuple(row) for row in reversed(values)),
        shades=tuple(reversed(shades)),
        apart=n_apart,
    )
    return HeatOfText(heat, tuple(cards), scale, mean)


def _of_class(score: Any, at: int) -> float | None:
    found: float | None = score[at] if isinstance(score, list) else score
    return found


def _far(card: Card, score: Any, at: int, mean: float) -> float | None:
    if isinstance(score, list):
        return None if None in score else from_rivals(card, score, at)
    if score is None:
        return None
    return score - mean if card.task == "regression" else from_threshold(card, score)


def _mean(values: Sequence[Sequence[float | None]]) -> float:
    known = [one for row in values for one in row if one is not None]
    return sum(known) / max(1, len(known))


def unit_of(card: Card) -> str:
    """What distances are counted in, and from where."""
    if card.task == "regression":
        return "from the mean"
    unit = "" if card.decision.slope is None else "log odds "
    return f"{unit}from {'the next class' if card.task == 'multiclass' else 'threshold'}"


def verdict(card: Card, score: Any) -> str:
    """What a score predicts: the class, or nothing of a number."""
    if score is None or card.task == "regression":
        return ""
    if isinstance(score, list):
        known = [-1e300 if one is None else one for one in score]
        return card.classes[known.index(max(known))]
    return card.classes[int(score > card.decision.threshold)]
