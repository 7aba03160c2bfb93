"""How alike the directions of saved probes are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from probing.errors import ProbeError
from probing.probes.card import Card
from probing.probes.directions import unit_directions
from probing.probes.files import load_arrays, read_card
from probing.probes.labels import labels_of

Numbers = NDArray[np.float64]
_NORMAL = 1.96


@dataclass(frozen=True)
class Cosines:
    """The cosines `matrix` `[n, n]` between directions of one model.

    `labels` are their probes, `classes` whose direction it is where a probe has several, and
    `layers` where they lie. `chance` is what the cosine of two random directions stays below,
    whatever its sign, in 95 of 100 cases.
    """

    labels: tuple[str, ...]
    classes: tuple[str, ...]
    layers: tuple[int | None, ...]
    matrix: Numbers
    chance: float


def cosines_of(paths: Sequence[Path]) -> Cosines:
    """The cosines of the linear probes of these cards; raises `ProbeError` for other probes.

    They must be of one model, and as wide as each other.
    """
    cards = [read_card(path) for path in paths]
    _check(cards)
    units = [_units(path, card) for path, card in zip(paths, cards, strict=True)]
    rows = [(at, row) for at, own in enumerate(units) for row in range(len(own))]
    joined = np.concatenate(units)
    labels = labels_of(cards)
    return Cosines(
        tuple(labels[at] for at, _ in rows),
        tuple(cards[at].classes[row] if len(units[at]) > 1 else "" for at, row in rows),
        tuple(cards[at].place.layer for at, _ in rows),
        joined @ joined.T,
        _NORMAL / math.sqrt(joined.shape[1]),
    )


def _check(cards: Sequence[Card]) -> None:
    first = cards[0]
    for card in cards:
        if card.kind != "linear":
            what = f"is a {card.kind}, which has no direction"
            raise ProbeError(what, where=card.name, hint="leave it out")
        if (card.model.name, card.model.fingerprint) != (first.model.name, first.model.fingerprint):
            what = f"is a probe of {card.model.name}, and {first.name} one of {first.model.name}"
            raise ProbeError(what, where=card.name, hint="compare probes of one model")
        if card.place.width != first.place.width:
            what = f"reads {card.place.width} features, and {first.name} {first.place.width}"
            raise ProbeError(what, where=card.name, hint="compare probes of one width")


def _units(path: Path, card: Card) -> Numbers:
    weights = np.asarray(load_arrays(path, card)["weights"], dtype=np.float64)
    units = unit_directions(weights)
    if not units.any(axis=1).all():
        raise ProbeError("its direction has no length", where=card.name, hint="leave it out")
    return units
