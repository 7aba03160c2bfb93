"""Probes that are applied together are of one model."""

from __future__ import annotations

from collections.abc import Sequence

from probing.errors import ProbeError
from probing.probes.card import Card


def check_one_model(cards: Sequence[Card]) -> None:
    """Raises `ProbeError` where probes are of different models."""
    first = cards[0].model
    for card in cards[1:]:
        own = card.model
        if (own.entry, own.fingerprint) != (first.entry, first.fingerprint):
            what = f"is a probe of {own.name}, and {cards[0].name} one of {first.name}"
            raise ProbeError(what, where=card.name, hint="apply them one after another")
