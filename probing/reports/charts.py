"""What a figure of a report shows, before anything is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

OWN, CONTROL = "own", "control"


@dataclass(frozen=True)
class Point:
    """A value with its interval at a place of the horizontal axis."""

    x: float
    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Curve:
    """Points from left to right; curves of one `colour` belong together, controls are dashed."""

    label: str
    points: tuple[Point, ...]
    colour: int = 0
    kind: str = OWN


@dataclass(frozen=True)
class Chart:
    """Curves over layers or scales, and levels that do not depend on these.

    `whole` says that the horizontal axis counts layers; `zero` draws the line of no change;
    `ticks` name places of an axis that does not count. Intervals are bars, or shades between the
    points where they are `shaded`. `limits` are those of the vertical axis, of log odds where it
    `is_logit`; `best` are stretches of the horizontal axis to mark.
    """

    curves: tuple[Curve, ...]
    x_label: str
    y_label: str
    levels: Mapping[str, float] = field(default_factory=dict)
    whole: bool = True
    zero: bool = False
    ticks: Mapping[float, str] = field(default_factory=dict)
    shaded: bool = False
    limits: tuple[float, float] | None = None
    is_logit: bool = False
    best: tuple[tuple[float, float], ...] = ()
    title: str = ""


@dataclass(frozen=True)
class Heat:
    """Numbers `[n_rows][n_columns]`, None where there is none.

    0 is the middle of the colours, unless `limits` say where these begin and end. `told` are
    texts in the cells. The first row is the lowest, unless it is `from_top`.
    """

    values: Sequence[Sequence[float | None]]
    rows: Sequence[str]
    columns: Sequence[str]
    x_label: str
    y_label: str
    value_label: str
    limits: tuple[float, float] | None = None
    told: Sequence[Sequence[str]] = ()
    from_top: bool = False


@dataclass(frozen=True)
class Table:
    """Cells of text below the names of their columns."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Part:
    """A part of a report: what it is, its figure and numbers, and the command that makes them."""

    title: str
    notes: tuple[str, ...]
    chart: Chart | Heat | None
    table: Table
    command: str


def curves_by(
    rows: pl.DataFrame, by: str, x: str, names: Mapping[str, str], own: Sequence[str]
) -> tuple[Curve, ...]:
    """A curve for each value of the column `by`; of several draws their mean, least and most.

    `names` say what the values are called; those that are not among `own` are controls.
    """
    known = rows.filter(pl.col("value").is_not_null(), pl.col(x).is_not_null())
    return tuple(
        Curve(
            names.get(part[by][0], part[by][0]) + _of_draws(part),
            tuple(_points(part, x)),
            at,
            OWN if part[by][0] in own else CONTROL,
        )
        for at, part in enumerate(known.partition_by(by, maintain_order=True))
    )


def _of_draws(part: pl.DataFrame) -> str:
    n = part["draw"].drop_nulls().n_unique()
    return f" (least to most of {n})" if n > 1 else ""


def _points(part: pl.DataFrame, x: str) -> list[Point]:
    if part["draw"].n_unique() > 1:
        value = pl.col("value")
        told = {"value": value.mean(), "low": value.min(), "high": value.max()}
        part = part.drop("low", "high", "value").join(
            part.group_by(x).agg(**told), on=x, maintain_order="left"
        )
        part = part.unique(x, maintain_order=True)
    return [
        Point(float(row[x]), row["value"], row["low"], row["high"])
        for row in part.sort(x).iter_rows(named=True)
    ]


def told(value: float | None, low: float | None = None, high: float | None = None) -> str:
    """A number and its interval, empty for none."""
    if value is None:
        return ""
    bounds = "" if low is None or high is None else f" [{_short(low)}, {_short(high)}]"
    return f"{_short(value)}{bounds}"


def _short(value: float) -> str:
    return f"{value:.3f}" if abs(value) < 100 else f"{value:.3g}"
