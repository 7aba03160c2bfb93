"""Axes of results that the name of a part tells: training step, size of a probe, position."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from probing.spec import position_of, size_of, step_of

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Axis:
    """The number that each name in a column of results tells, whole or not."""

    told_in: str
    tell: Callable[[str], float | None]
    is_whole: bool = True


AXES = {
    "step": Axis("model", step_of),
    "size": Axis("classifier", size_of),
    "position": Axis("pooler", position_of, is_whole=False),
}


def with_axes(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with the columns of all axes filled; empty where a name tells nothing.

    An axis whose names stand in no column of `frame` is left out.
    """
    import polars as pl

    told = []
    for column, axis in AXES.items():
        if axis.told_in in frame.columns:
            values = {name: axis.tell(name) for name in frame[axis.told_in].unique() if name}
            kind = pl.Int64 if axis.is_whole else pl.Float64
            names = pl.col(axis.told_in)
            told.append(names.replace_strict(values, default=None, return_dtype=kind).alias(column))
    return frame.with_columns(told)
