"""What probes are called in rows: by their names, with their runs where two share one."""

from __future__ import annotations

from collections.abc import Sequence

from probing.probes.card import Card


def labels_of(cards: Sequence[Card]) -> list[str]:
    """A label for each card."""
    names = [card.name for card in cards]
    return [
        name if names.count(name) == 1 else f"{card.run}/{name}"
        for name, card in zip(names, cards, strict=True)
    ]
