"""Cosines between the directions of saved probes, beside those of random directions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
import polars as pl

from probing.probes.named_directions import Named

SCHEMA: dict[str, Any] = {
    "probe_a": pl.String,
    "class_a": pl.String,
    "layer_a": pl.Int64,
    "probe_b": pl.String,
    "class_b": pl.String,
    "layer_b": pl.Int64,
    "width": pl.Int64,
    "cosine": pl.Float64,
    "random": pl.Float64,
    "random_high": pl.Float64,
    "error": pl.String,
}


def expected_cosine(width: int) -> float:
    """The mean |cosine| of two directions drawn evenly in `width` dimensions: about √(2 / πd).

    Exactly Γ(d/2) / (√π Γ((d + 1)/2)), since the square of the cosine is Beta(1/2, (d - 1)/2).
    """
    return math.exp(math.lgamma(width / 2) - math.lgamma((width + 1) / 2)) / math.sqrt(math.pi)


def largest_cosine(width: int) -> float:
    """About the |cosine| below which 95 % of pairs of such directions stay: 1.96 / √d, up to 1."""
    return min(1.96 / math.sqrt(width), 1.0)


def cosine_rows(named: Sequence[Named]) -> pl.DataFrame:
    """A row for each pair of directions that can be compared, and one for each that cannot.

    The first that has a direction says of which model and width the others must be. `random` is
    the mean |cosine| of random directions of that width, `random_high` bounds 95 % of them.
    """
    kept, left_out = comparable(named)
    rows = [_row(a, b) for a, b in combinations(kept, 2)]
    rows += [_refused(one, why) for one, why in left_out]
    return pl.DataFrame([{**dict.fromkeys(SCHEMA), **row} for row in rows], schema=SCHEMA)


def comparable(named: Sequence[Named]) -> tuple[list[Named], list[tuple[Named, str]]]:
    """The directions of the model and width of the first; the others with why not."""
    first = next((one for one in named if one.unit is not None), None)
    kept, left_out = list[Named](), list[tuple[Named, str]]()
    for one in named:
        why = one.error or (_difference(one, first) if first is not None else "")
        left_out.append((one, why)) if why else kept.append(one)
    return kept, left_out


def cosine(a: Named, b: Named) -> float:
    """The cosine between two directions of one width."""
    assert a.unit is not None and b.unit is not None
    return float(np.clip(a.unit @ b.unit, -1.0, 1.0))


def _difference(one: Named, first: Named) -> str:
    own, its = one.card.model, first.card.model
    if (own.name, own.fingerprint) != (its.name, its.fingerprint):
        other = own.name if own.name != its.name else f"{own.name} with other weights"
        return f"is a probe of {other}, and {first.probe} one of {its.name}"
    width, its_width = one.card.place.width, first.card.place.width
    if width != its_width:
        return f"is {width} wide, and {first.probe} {its_width}: they have no angle"
    return ""


def _row(a: Named, b: Named) -> dict[str, Any]:
    width = a.card.place.width
    told = {"random": expected_cosine(width), "random_high": largest_cosine(width)}
    return {**_side(a, "a"), **_side(b, "b"), "width": width, "cosine": cosine(a, b), **told}


def _refused(one: Named, why: str) -> dict[str, Any]:
    return {**_side(one, "a"), "width": one.card.place.width, "error": why}


def _side(one: Named, side: str) -> dict[str, Any]:
    named = {"probe": one.probe, "class": one.class_name or None, "layer": one.layer}
    return {f"{key}_{side}": value for key, value in named.items()}
