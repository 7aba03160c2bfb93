"""Draw how a score grows with the size of a probe: its features, directions or components."""

from __future__ import annotations

import polars as pl

from probing.spec import family_of
from tui.plot.along.steps import draw_steps

OF_PLOT = ["run", "dataset", "trained_on", "model", "site", "pooler", "family"]


def by_size(frame: pl.DataFrame) -> list[pl.DataFrame]:
    """The rows of results that one plot shows each: a classifier of several sizes on a dataset."""
    sized = frame.filter(pl.col("size").is_not_null(), pl.col("site").fill_null("") != "")
    if sized.is_empty():
        return []
    names = {name: family_of(name) for name in sized["classifier"].unique()}
    family = pl.col("classifier").replace_strict(names, default="")
    named = sized.with_columns(family=family, trajectory=pl.col("model"))
    parts = named.partition_by(OF_PLOT, maintain_order=True)
    return [part for part in parts if part["size"].n_unique() > 1]


def draw_sizes(
    rows: pl.DataFrame,
    metric: str,
    width: int,
    height: int,
    *,
    ascii: bool,
    colour: bool,
    chance: float | None = None,
) -> str:
    """The score by size: of a single layer beside its controls, else of several layers."""
    placed = rows.with_columns(step=pl.col("size"), classifier=pl.col("family"))
    by = f"size of {rows['family'][0]}"
    looks = {"ascii": ascii, "colour": colour}
    return draw_steps(placed, metric, width, height, **looks, by=by, chance=chance)
