"""The direction of a saved probe, refused where it has none."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from probing.errors import ProbeError, SpecError, nearest
from probing.interventions.directions import Direction
from probing.probes import Card, load_arrays
from probing.probes.directions import check_linear


def direction_of(path: Path, card: Card, class_name: str = "") -> Direction:
    """That of the card at `path`; of several classes that of `class_name` against the mean of all.

    Raises `ProbeError` for a probe that is not linear, or that reads more than one activation,
    and `SpecError` for a class that it does not know.
    """
    check_linear(card, hint="use a linear probe")
    place = card.place
    if len(place.layers) != 1 or place.layer is None or place.width != card.model.d_model:
        what = f"reads {place.label}, not one activation: its direction lies in no single layer"
        raise ProbeError(what, where=card.name, hint="use a probe of one layer and one token")
    arrays = load_arrays(path, card)
    weights = np.asarray(arrays["weights"], dtype=np.float64)
    bias = np.asarray(arrays["bias"], dtype=np.float64)
    at = class_at(card, class_name)
    if len(weights) > 1:
        weights, bias = weights - weights.mean(axis=0), bias - bias.mean()
    spread = float(place.spread[at]) if at < len(place.spread) else 0.0
    return Direction(card.name, place.site, place.layer, weights[at], float(bias[at]), spread)


def class_at(card: Card, class_name: str) -> int:
    """The place of a class among the directions of a probe; raises `SpecError`."""
    if card.task != "multiclass":
        if class_name:
            what = f"is {card.task}: it has one direction, not one of each class"
            raise SpecError(what, where=card.name, hint="leave --class out")
        return 0
    if not class_name:
        what = f"has {len(card.classes)} classes, each with a direction"
        hint = f"add --class, one of {', '.join(card.classes[:8])}"
        raise SpecError(what, where=card.name, hint=hint)
    if class_name not in card.classes:
        hint = nearest(class_name, card.classes)
        raise SpecError(f"has no class {class_name!r}", where=card.name, hint=hint)
    return card.classes.index(class_name)
