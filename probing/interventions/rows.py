"""The rows of interventions: a mean with its interval for each thing that was measured."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from probing.interventions.means import Mean

SCHEMA: dict[str, Any] = {
    "kind": pl.String,
    "probe": pl.String,
    "model": pl.String,
    "control": pl.String,
    "draw": pl.Int64,
    "edit": pl.String,
    "site": pl.String,
    "layer": pl.Int64,
    "read_layer": pl.Int64,
    "position": pl.Int64,
    "class": pl.String,
    "scale": pl.Float64,
    "measure": pl.String,
    "value": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "n": pl.Int64,
    "n_groups": pl.Int64,
}


def told(mean: Mean | None) -> dict[str, Any]:
    """The columns that a mean fills; empty ones for none."""
    if mean is None:
        return {"value": None, "low": None, "high": None, "n": 0, "n_groups": 0}
    return {
        "value": mean.value,
        "low": mean.low,
        "high": mean.high,
        "n": mean.n,
        "n_groups": mean.n_groups,
    }


def frame_of(rows: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """The rows as one frame: columns that a kind of intervention does not fill are empty."""
    return pl.DataFrame([{**dict.fromkeys(SCHEMA), **row} for row in rows], schema=SCHEMA)
