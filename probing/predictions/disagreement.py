"""The texts on which two cells disagree: how many, the paired difference, and which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from probing.comparison import difference
from probing.errors import RunError
from probing.logs import RunView
from probing.predictions.cell import Predicted
from probing.predictions.errors import listed

KEYS = ("text", "fold")
BOTH, FIRST, SECOND, NEITHER = "both right", "only A right", "only B right", "both wrong"
CLOSER = {FIRST: "A closer", SECOND: "B closer"}
COLUMNS = (
    "text", "fold", "group", "target", "prediction_a", "prediction_b", "score_a", "score_b",
    "confidence_a", "confidence_b", "error_a", "error_b", "kind",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Disagreement:
    """Two cells on the same texts, A and B.

    `counts` maps each kind (`both right`, `only A right`, `only B right`, `both wrong`; of
    regression `A closer` and `B closer`) to its number of texts. `test` is the row of
    `probing.compare` for `metric`: the difference A - B with its 95 % interval and p value, by
    groups of texts, or the `reason` why there is none. `frame` has a row for each text on which
    they disagree, the surest disagreement first.
    """

    counts: Mapping[str, int]
    metric: str
    test: Mapping[str, Any]
    frame: pl.DataFrame
    n_texts: int
    n_groups: int


def disagreement(views: Mapping[str, RunView], first: Predicted, second: Predicted) -> Disagreement:
    """Compare two cells on the texts that both tested in the same folds.

    Raises `RunError` where they tested other texts.
    """
    both = _joined(first, second)
    is_number = first.task == "regression"
    metric = "mae" if is_number else "accuracy"
    kinds = _closer() if is_number else _kinds()
    told = both.with_columns(kind=kinds)
    names = CLOSER.values() if is_number else (BOTH, FIRST, SECOND, NEITHER)
    found = dict(told["kind"].value_counts().iter_rows())
    counts = {name: int(found.get(name, 0)) for name in names}
    test = difference(views, dict(first.row), dict(second.row), metric)
    n_groups = len(np.unique(told["group"].to_numpy()))
    return Disagreement(counts, metric, test, _apart(told, is_number), told.height, n_groups)


def _joined(first: Predicted, second: Predicted) -> pl.DataFrame:
    """The rows of both, side by side."""
    if (first.task == "regression") != (second.task == "regression"):
        raise RunError("A has classes and B numbers, so they cannot disagree")
    mine, other = listed(first), listed(second)
    alike = mine.select(KEYS).sort(KEYS).equals(other.select(KEYS).sort(KEYS))
    keys = list(KEYS) if alike else ["text"]
    is_once = all(one.select(keys).is_unique().all() for one in (mine, other))
    joined = mine.join(other, on=keys, suffix="_b", maintain_order="left") if is_once else None
    if joined is None or not joined.height or (joined["target"] != joined["target_b"]).any():
        what = "A and B tested other texts, so there is none on which they could disagree"
        raise RunError(what, hint="pin a series of the same dataset")
    names = ("prediction", "score", "confidence", "error")
    return joined.rename({name: f"{name}_a" for name in names})


def _kinds() -> pl.Expr:
    a, b = (pl.col(f"prediction_{side}") == pl.col("target") for side in "ab")
    only = pl.when(a).then(pl.lit(FIRST)).when(b).then(pl.lit(SECOND)).otherwise(pl.lit(NEITHER))
    return pl.when(a & b).then(pl.lit(BOTH)).otherwise(only)


def _closer() -> pl.Expr:
    is_first = pl.col("error_a").abs() < pl.col("error_b").abs()
    is_same = pl.col("error_a").abs() == pl.col("error_b").abs()
    side = pl.when(is_first).then(pl.lit(CLOSER[FIRST])).otherwise(pl.lit(CLOSER[SECOND]))
    return pl.when(is_same).then(pl.lit("as close")).otherwise(side)


def _apart(told: pl.DataFrame, is_number: bool) -> pl.DataFrame:
    """The rows on which A and B disagree, the farthest apart first."""
    if is_number:
        apart = (pl.col("score_a") - pl.col("score_b")).abs()
        return told.sort(apart, descending=True, nulls_last=True).select(COLUMNS)
    differ = told.filter(pl.col("prediction_a") != pl.col("prediction_b"))
    sure = pl.sum_horizontal("confidence_a", "confidence_b")
    return differ.sort(sure, "text", descending=[True, False]).select(COLUMNS)
