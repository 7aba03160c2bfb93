"""Probes that differ in their layer alone, and how far their scores are from undecided."""

from __future__ import annotations

from collections.abc import Sequence

from probing.probes.card import Card

Kin = tuple[str, ...]


def kin_of(card: Card) -> Kin:
    """What the probes of one model at several layers share: all that a card says but the layer."""
    place = card.place
    own = card.model.name, card.model.fingerprint, place.site, place.label
    return (card.run, card.dataset.name, *own, card.classifier.name)


def reads_one_layer(card: Card) -> bool:
    """Whether a probe is that of all rows, and reads one layer."""
    return card.fold is None and len(card.place.layers) == 1


def beside(card: Card, cards: Sequence[Card]) -> list[int]:
    """Which of `cards` differ from `card` in their layer alone, by layer; each layer once."""
    own = kin_of(card)
    found = {
        one.place.layers[0]: at
        for at, one in enumerate(cards)
        if reads_one_layer(one) and kin_of(one) == own
    }
    return [found[layer] for layer in sorted(found)]


def from_threshold(card: Card, score: float) -> float:
    """How far a score of two classes is from where the prediction changes.

    In calibrated log odds, so that a layer that knows nothing stays near 0 whatever the units of
    its scores; where there are none, in those units.
    """
    slope = card.decision.slope
    return (1.0 if slope is None else slope) * (score - card.decision.threshold)


def from_rivals(card: Card, scores: Sequence[float], at: int) -> float:
    """How far the score of class `at` of several lies above the largest of the others."""
    slope = card.decision.slope
    others = max(one for place, one in enumerate(scores) if place != at)
    return (1.0 if slope is None else slope) * (scores[at] - others)
