"""The out-of-fold predictions of one cell, as its run kept them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from probing.errors import RunError
from probing.logs import RunView
from probing.logs.details.prediction_rows import CELL, CLASS_SCORES, prediction_rows

Numbers = NDArray[np.float64]
Whole = NDArray[np.int64]
Mask = NDArray[np.bool_]
_OF_CELL = ("run", *CELL, "n_folds")
_DIGITS = re.compile(r"(\d+)")


@dataclass(frozen=True, eq=False)
class Predicted:
    """One row for each text that was tested: `frame` has the columns of `predictions.parquet`.

    `row` is that of the cell in the results, with its metrics and their intervals; `positive`
    names class 1 of a binary task. With `of_class` it is one class of several against the rest.
    """

    row: Mapping[str, Any]
    task: str
    positive: str
    frame: pl.DataFrame
    of_class: str = ""

    def __len__(self) -> int:
        return self.frame.height

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """The classes that are there or were decided for, the positive one last."""
        names = {*self.frame["target"].unique(), *self.frame["prediction"].unique()} - {None}
        return tuple(sorted(names, key=lambda name: (name == self.positive, in_order(name))))

    @cached_property
    def targets(self) -> Whole:
        """The class of each text, as its place in `classes`."""
        return self._codes("target")

    @cached_property
    def decisions(self) -> Whole:
        """The class that was decided for, as its place in `classes`."""
        return self._codes("prediction")

    @cached_property
    def right(self) -> Mask:
        """Whether each text was decided rightly."""
        return np.asarray(self.targets == self.decisions)

    @cached_property
    def scores(self) -> Numbers:
        """The score of each text; of regression the predicted number."""
        return self.frame["score"].to_numpy().astype(np.float64)

    @cached_property
    def numbers(self) -> Numbers:
        """The numbers of a regression that were to be predicted."""
        return self.frame["target"].cast(pl.Float64).to_numpy().astype(np.float64)

    @cached_property
    def folds(self) -> Whole:
        """The fold that tested each text."""
        return self.frame["fold"].to_numpy().astype(np.int64)

    @cached_property
    def groups(self) -> Whole:
        """The group of each text: texts of a group are not independent."""
        return self.frame["group"].to_numpy().astype(np.int64)

    @cached_property
    def confidence(self) -> Numbers:
        """The probability of the class that was decided for; NaN where there are none."""
        chances = self.frame["probability"].cast(pl.Float64).fill_null(np.nan).to_numpy()
        if self.task != "binary" or len(self.classes) < 2:
            return chances.astype(np.float64)
        return np.where(self.decisions == len(self.classes) - 1, chances, 1 - chances)

    @property
    def has_probabilities(self) -> bool:
        """Whether the classifier gives probabilities."""
        return bool(np.isfinite(self.confidence).any())

    @property
    def n_groups(self) -> int:
        """The number of independent groups of the texts."""
        return len(np.unique(self.groups))

    @cached_property
    def scored_classes(self) -> tuple[str, ...]:
        """The classes of several whose scores are kept for every text; none in earlier versions."""
        if CLASS_SCORES not in self.frame.columns or self.frame[CLASS_SCORES].null_count():
            return ()
        return tuple(sorted(self.frame["classes"][0].to_list(), key=in_order))

    def against_rest(self, name: str) -> Predicted:
        """One class against all others, by its own score and probability."""
        score = pl.col(CLASS_SCORES).list.get(self.frame["classes"][0].to_list().index(name))
        score = score.cast(pl.Float64)
        rest = f"not {name}"

        def named(column: str) -> pl.Expr:
            is_own = pl.col(column) == name
            return pl.when(is_own).then(pl.lit(name)).otherwise(pl.lit(rest)).alias(column)

        chance = pl.when(pl.col("probability").is_not_null()).then(1 / (1 + (-score).exp()))
        frame = self.frame.with_columns(
            named("target"), named("prediction"), score.alias("score"), chance.alias("probability")
        )
        row = {key: self.row[key] for key in _OF_CELL if key in self.row}
        row |= {"task": "binary", "n_classes": len(self.scored_classes)}
        return Predicted(row, "binary", name, frame.drop(CLASS_SCORES, "classes"), name)

    def metric(self, name: str) -> tuple[float | None, float | None, float | None]:
        """A metric of the results with the ends of its interval, None where it has none."""
        found = [self.row.get(key) for key in (name, f"{name}_low", f"{name}_high")]
        value, low, high = found
        return value, low, high

    def _codes(self, column: str) -> Whole:
        place = {name: at for at, name in enumerate(self.classes)}
        codes = self.frame[column].replace_strict(place, return_dtype=pl.Int64)
        return codes.to_numpy().astype(np.int64)


def predicted(view: RunView, row: Mapping[str, Any]) -> Predicted:
    """The predictions of the cell of a row of the results.

    Raises `RunError` where the run keeps none of it.
    """
    frame = prediction_rows(view, row)
    if frame.is_empty():
        hint = "controls that fit no probe keep none" if row.get("control") else ""
        raise RunError("keeps no predictions of this cell", where=view.run.column_name, hint=hint)
    for name, kind in (("probability", pl.Float64), ("group", pl.Int64)):
        if name not in frame.columns:  # of an earlier version
            frame = frame.with_columns(pl.lit(None, kind).alias(name))
    frame = frame.with_columns(pl.col("group").fill_null(pl.col("text")))
    return Predicted(row, str(row["task"]), row.get("positive") or "", frame)


def in_order(name: str) -> list[Any]:
    """The key that sorts names with numbers in them by these."""
    parts = _DIGITS.split(name)
    return [(1, int(part), "") if part.isdecimal() else (0, 0, part) for part in parts]
