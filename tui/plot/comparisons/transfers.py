"""Rows of probes that are tested on other datasets than they are trained on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from probing.metric_names import METRICS

if TYPE_CHECKING:
    import polars as pl

ARROW = " → "


def is_transferred() -> pl.Expr:
    """Whether a row is of a probe of another dataset than the one that it is tested on."""
    import polars as pl

    return pl.col("trained_on").fill_null("") != ""


def named_transfers(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with the dataset of such a row named by both: `a → b`; the others as they are."""
    import polars as pl

    if "trained_on" not in frame.columns:
        return frame
    is_named = pl.col("dataset").str.contains(ARROW, literal=True)
    both = pl.concat_str("trained_on", pl.lit(ARROW), "dataset")
    named = pl.when(is_transferred() & ~is_named).then(both).otherwise(pl.col("dataset"))
    return frame.with_columns(named.alias("dataset"))


def source_layer(
    rows: Sequence[Mapping[str, Any]], names: Sequence[str], metric: str
) -> int | None:
    """The layer with the best mean score of these datasets on themselves."""
    scores: dict[int, list[float]] = {}
    for row in rows:
        if not row["trained_on"] and row["dataset"] in names and row["layer"] is not None:
            scores.setdefault(row["layer"], []).append(row[metric])
    sign = 1 if METRICS[metric].higher_is_better else -1
    whole = {layer: sum(own) for layer, own in scores.items() if len(own) == len(names)}
    return max(whole, key=lambda layer: sign * whole[layer], default=None)
