"""Draw what interventions change by layer, with their controls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from tui.plot.axis import difference_axis, metric_axis
from tui.plot.curves import draw
from tui.plot.series import Point, Series
from tui.texts.sanitiser import clean

OWN = "the probe's direction"


def draw_effects(
    rows: pl.DataFrame, title: str, width: int, height: int, *, ascii: bool, colour: bool
) -> str:
    """A curve of one measure by the layer of the edit, its controls beside it."""
    names = {"": OWN, "shuffled_labels": "shuffled labels"}
    return _changes(
        _series_by(rows, "control", "layer", names), title, width, height, ascii, colour
    )


def draw_changes(
    rows: pl.DataFrame,
    title: str,
    names: Mapping[str, str],
    width: int,
    height: int,
    *,
    ascii: bool,
    colour: bool,
) -> str:
    """A curve of a change by the layer of the edit, for each eraser of `names`."""
    return _changes(_series_by(rows, "edit", "layer", names), title, width, height, ascii, colour)


def draw_class_means(
    rows: pl.DataFrame, title: str, width: int, height: int, *, ascii: bool, colour: bool
) -> str:
    """A curve of the mean projection of each class by the layer that is read."""
    series = _series_by(rows.filter(control=""), "class", "read_layer", {})
    return _changes(series, title, width, height, ascii, colour)


def _changes(
    series: Sequence[Series], title: str, width: int, height: int, ascii: bool, colour: bool
) -> str:
    axis = difference_axis(_ends(series), height)
    at = width, height
    return draw(series, "accuracy", *at, title=title, y=axis, ascii=ascii, colour=colour)


def draw_erased(
    rows: pl.DataFrame,
    title: str,
    names: Mapping[str, str],
    width: int,
    height: int,
    *,
    metric: str,
    chance: float | None,
    ascii: bool,
    colour: bool,
) -> str:
    """A curve of a new probe's score by the layer that is read, for each eraser of `names`."""
    series = _series_by(rows, "edit", "read_layer", names)
    told = [*_ends(series), *([] if chance is None else [chance])]
    axis = metric_axis(metric, told, height)
    return draw(
        series,
        metric,
        width,
        height,
        title=title,
        y=axis,
        chance=chance,
        ascii=ascii,
        colour=colour,
    )


def _series_by(rows: pl.DataFrame, kind: str, layer: str, names: Mapping[str, str]) -> list[Series]:
    known = rows.filter(pl.col("value").is_not_null(), pl.col(layer).is_not_null())
    parts = known.partition_by(kind, maintain_order=True)
    return [
        _series(_together(part, layer).sort(layer), layer, _label(part, kind, names), at)
        for at, part in enumerate(parts)
    ]


def _label(part: pl.DataFrame, kind: str, names: Mapping[str, str]) -> str:
    n_draws = part["draw"].n_unique()
    name = names.get(part[kind][0], part[kind][0])
    return f"{name}, least to most of {n_draws}" if n_draws > 1 else clean(name)


def _together(rows: pl.DataFrame, layer: str) -> pl.DataFrame:
    """Of several draws their mean at each layer, from the least to the most of them."""
    if rows["draw"].n_unique() < 2:
        return rows
    value = pl.col("value")
    first = pl.exclude(layer, "value", "low", "high").first()
    told = {"value": value.mean(), "low": value.min(), "high": value.max()}
    return rows.group_by(layer, maintain_order=True).agg(first, **told)


def _series(rows: pl.DataFrame, layer: str, label: str, at: int) -> Series:
    points = tuple(
        Point(row[layer], row["value"], row["low"], row["high"], row["n"], n_groups=row["n_groups"])
        for row in rows.iter_rows(named=True)
    )
    first = rows.row(0, named=True)
    key = ("", "", clean(first["model"]), first["site"], "", clean(first["probe"]), "")
    return Series(key, label, "binary", 0, points, at)


def _ends(series: Sequence[Series]) -> list[float]:
    """All that the axis must cover."""
    points = [point for one in series for point in one.points]
    ends = [end for point in points for end in (point.value, point.low, point.high)]
    return [end for end in ends if end is not None]
