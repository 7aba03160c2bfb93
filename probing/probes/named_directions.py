"""The directions of saved probes by name, and why some have none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from probing.errors import ProbeError
from probing.probes.card import Card
from probing.probes.directions import check_linear, unit_directions
from probing.probes.files import load_arrays, read_card
from probing.probes.labels import labels_of

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Named:
    """A direction of a probe: of a class of several, or its only one.

    `unit` `[width]` has length 1; it is None where there is no direction, and `error` says why.
    """

    probe: str
    class_name: str
    card: Card
    path: Path
    unit: Numbers | None
    error: str = ""

    @property
    def label(self) -> str:
        """The probe, and the class of several."""
        return f"{self.probe} [{self.class_name}]" if self.class_name else self.probe

    @property
    def layer(self) -> int | None:
        """The layer that is read; None where several are."""
        return self.card.place.layers[0] if len(self.card.place.layers) == 1 else None


def named_directions(paths: Sequence[Path]) -> list[Named]:
    """The directions of the probes of some cards, of several classes one for each.

    What has none, or is damaged, has an `error` in its place. Raises `ProbeError` where a card
    cannot be read.
    """
    cards = [read_card(path) for path in paths]
    found: list[Named] = []
    for path, card, label in zip(paths, cards, labels_of(cards), strict=True):
        chosen = card.classes if card.task == "multiclass" else ("",)
        try:
            units = _units(path, card)
        except ProbeError as error:
            found.append(Named(label, "", card, path, None, str(error)))
            continue
        for name, unit in zip(chosen, units, strict=True):
            found.append(_named(label, name, card, path, unit))
    return found


def _units(path: Path, card: Card) -> Numbers:
    check_linear(card)
    return unit_directions(np.asarray(load_arrays(path, card)["weights"], dtype=np.float64))


def _named(label: str, name: str, card: Card, path: Path, unit: Numbers) -> Named:
    if np.isfinite(unit).all() and np.linalg.norm(unit) > 0:
        return Named(label, name, card, path, unit)
    what = f"{label}: its direction has no length: all weights are zero, or not finite"
    return Named(label, name, card, path, None, what)
