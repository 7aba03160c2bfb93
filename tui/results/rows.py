"""Rows of the results table, one per series or cell; marks the layer with the highest value."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rich.cells import cell_len

from probing.metric_names import METRICS
from tui.plot.axis import Axis, metric_axis, short
from tui.plot.series import PARTS, TASK_LABEL, Point, Series, best_layers, is_shared
from tui.texts.names import shown_name
from tui.texts.plans import texts_and_groups
from tui.widgets.column_widths import Column
from tui.widgets.row_table import Row

BARS = "▁▂▃▄▅▆▇█"
WIDEST_CURVE = 16
LEAST = {"run": 7, "site": 4, "dataset": 6}
# columns of a high rank go first where there is little room; score, interval and layer stay
PART_RANKS = {"run": 2, "site": 3, "control": 0}
CURVE_RANK, BESIDE_RANK, COUNT_RANK = 4, 5, 6
Beside = Mapping[tuple[str, ...], Mapping[str, Series]]


@dataclass(frozen=True)
class Line:
    """A row with its texts, and the values to sort it by."""

    values: tuple[Any, ...]
    texts: tuple[str, ...]
    key: tuple[str, ...]
    is_control: bool = False
    is_extreme: bool = False


@dataclass(frozen=True)
class ResultRows:
    """A table: its columns, its lines, and what all lines share."""

    columns: tuple[Column, ...] = ()
    lines: tuple[Line, ...] = ()
    shared: tuple[str, ...] = ()


def extreme_word(metric: str) -> str:
    """The word for the extreme of a curve: not "best", since no layer was selected."""
    return "highest" if METRICS[metric].higher_is_better else "lowest"


def rows_of_series(
    series: Sequence[Series], metric: str, beside: Beside | None = None
) -> ResultRows:
    """One line per series: its highest (or lowest) layer, and a small curve.

    The layer stands with those that cannot be told from the best, and its score with the band
    over all layers, since it was picked for its score. `beside` holds the controls of each task
    by its key; the line shows their values at that layer.
    """
    beside = beside or {}
    parts, shared = _parts([one.key for one in series])
    axis = metric_axis(metric, [value for one in series for value in one.ys], 10)
    controls = _controls(series, beside)
    columns = [
        *_part_columns(parts),
        Column(extreme_word(metric), 7, right=True),
        Column("band" if _has_bands(series) else "interval", 12),
        Column("layer", 5),
        *_beside_columns(controls),
        Column("curve", WIDEST_CURVE, rank=CURVE_RANK),
        Column("n", 4, right=True, rank=COUNT_RANK),
    ]
    lines = [_series_line(one, parts, metric, axis, controls, beside) for one in series]
    return ResultRows(_whole(columns, lines, len(parts)), tuple(lines), shared)


def _whole(columns: Sequence[Column], lines: Sequence[Line], first: int) -> tuple[Column, ...]:
    """Columns of which the score, its interval and the layer, from the `first`, are never cut."""
    columns = list(columns)
    for at in range(first, first + 3):
        widest = max((cell_len(line.texts[at]) for line in lines), default=0)
        columns[at] = replace(columns[at], least=max(columns[at].least, widest))
    return tuple(columns)


def _series_line(
    one: Series,
    parts: Sequence[str],
    metric: str,
    axis: Axis,
    controls: Sequence[str],
    beside: Beside,
) -> Line:
    point = _far(one, metric)
    low, high = point.bounds(together=True)
    point = replace(point, low=low, high=high)
    told = _told(one.key, parts)
    layer = -1 if point.layer is None else point.layer
    low = point.value if point.low is None else point.low
    others = _others(one, point, controls, beside)
    values = (*told, point.value, low, layer, *map(_sortable, others), point.value, one.n)
    texts = (
        *told, short(point.value, 3), interval(point), _layers(one, point), *map(_short, others),
        sparkline(one, axis), texts_and_groups(one.n, one.n_groups),
    )  # fmt: skip
    return Line(values, texts, one.key, bool(one.control))


def _has_bands(series: Sequence[Series]) -> bool:
    return any(point.band_low is not None for one in series for point in one.points)


def _layers(one: Series, point: Point) -> str:
    """The layer of a point, with those that cannot be told from the best."""
    if point.layer is None:
        return one.place(point)
    alike = [other.is_best for other in one.points]
    if not any(alike) or len(alike) < 2:
        return f"{point.layer}"
    return f"{point.layer} ({'all' if all(alike) else best_layers(one)})"


def rows_of_cells(
    series: Sequence[Series],
    metric: str,
    whole: Sequence[Series],
    beside: Beside | None = None,
) -> ResultRows:
    """One line per cell; marks the highest (or lowest) of each `whole` series."""
    beside = beside or {}
    far = {one.key: _far(one, metric) for one in whole if len(one.points) > 1 and not one.control}
    parts, shared = _parts([one.key for one in series])
    controls = _controls(series, beside)
    columns = [
        *_part_columns(parts),
        Column("layer", 5, right=True),
        Column("mean", 5, right=True),
        Column("interval", 12),
        *_beside_columns(controls),
        Column("folds", 5, right=True, rank=COUNT_RANK),
        Column("n", 4, right=True, rank=COUNT_RANK),
    ]
    lines = [
        _cell_line(one, point, parts, point == far.get(one.key), controls, beside)
        for one in series
        for point in one.points
    ]
    return ResultRows(_whole(columns, lines, len(parts)), tuple(lines), shared)


def _cell_line(
    one: Series,
    point: Point,
    parts: Sequence[str],
    is_far: bool,
    controls: Sequence[str],
    beside: Beside,
) -> Line:
    told = _told(one.key, parts)
    layer = -1 if point.layer is None else point.layer
    low = point.value if point.low is None else point.low
    others = _others(one, point, controls, beside)
    values = (*told, layer, point.value, low, *map(_sortable, others), one.n_folds, point.n)
    at = one.place(point)
    texts = (
        *told, at, short(point.value, 3), interval(point), *map(_short, others),
        str(one.n_folds), texts_and_groups(point.n, point.n_groups),
    )  # fmt: skip
    return Line(values, texts, (*one.key, at), bool(one.control), is_far)


def _part_columns(parts: Sequence[str]) -> list[Column]:
    return [
        Column(part, LEAST.get(part, 8), middle=True, rank=PART_RANKS.get(part, 1))
        for part in parts
    ]


def _controls(series: Sequence[Series], beside: Beside) -> list[str]:
    """The controls that stand beside any of these series, in order."""
    found = {control for one in series for control in beside.get(one.key, {})}
    return sorted(found)


def _beside_columns(controls: Sequence[str]) -> list[Column]:
    titles = [control.removesuffix("_labels").replace("_", " ") for control in controls]
    return [Column(title, 8, right=True, rank=BESIDE_RANK) for title in titles]


def _others(
    one: Series, point: Point, controls: Sequence[str], beside: Beside
) -> list[float | None]:
    """What the controls of a series score at a point's layer."""
    folded = beside.get(one.key, {})
    points = [_at(folded[name], point.layer) if name in folded else None for name in controls]
    return [found.value if found else None for found in points]


def _at(one: Series, layer: int | None) -> Point | None:
    return one.flat if layer is None or is_shared(one.key) else one.at(layer)


def _sortable(value: float | None) -> float:
    return -math.inf if value is None else value


def _short(value: float | None) -> str:
    return "" if value is None else short(value, 3)


def _far(one: Series, metric: str) -> Point:
    sign = 1 if METRICS[metric].higher_is_better else -1
    return max(one.points, key=lambda point: sign * point.value)


def _parts(keys: Sequence[tuple[str, ...]]) -> tuple[list[str], tuple[str, ...]]:
    """The parts that differ between series, and the values of those that do not."""
    differ, shared = [], []
    for at, part in enumerate(PARTS):
        values = {key[at] for key in keys} - ({""} if part != "control" else set())
        if len(values) > 1 or part == "classifier":
            differ.append(part)
        elif values and (value := next(iter(values))):
            shared.append(shown_name(value))
    return differ, tuple(shared)


def _told(key: tuple[str, ...], parts: Sequence[str]) -> list[str]:
    told = [shown_name(key[PARTS.index(part)]) for part in parts]
    return [
        (text.replace("_", " ") or TASK_LABEL) if part == "control" else text
        for part, text in zip(parts, told, strict=True)
    ]


def sparkline(one: Series, axis: Axis) -> str:
    """The curve as one line of bars, on the common axis; gaps are blank."""
    if not one.xs:
        return ""
    layers = list(range(min(one.xs), max(one.xs) + 1, one.stride))
    if len(layers) > WIDEST_CURVE:
        step = (len(layers) - 1) / (WIDEST_CURVE - 1)
        layers = [layers[round(at * step)] for at in range(WIDEST_CURVE)]
    points = [one.at(layer) for layer in layers]
    return "".join(" " if point is None else _bar(point.value, axis) for point in points)


def _bar(value: float, axis: Axis) -> str:
    share = (axis.clip(value) - axis.low) / (axis.high - axis.low)
    return BARS[min(int(share * len(BARS)), len(BARS) - 1)]


def interval(point: Point) -> str:
    """The interval, three digits."""
    if point.low is None or point.high is None:
        return ""
    return f"[{short(point.low, 3)}, {short(point.high, 3)}]"


def sorted_lines(lines: Sequence[Line], column: int | None, descending: bool) -> list[Line]:
    """Lines sorted by the values of a column; in their order if it is None."""
    if column is None or not lines or column >= len(lines[0].values):
        return list(lines)
    return sorted(lines, key=lambda line: line.values[column], reverse=descending)


def as_rows(lines: Sequence[Line], pinned: Sequence[tuple[str, ...]]) -> list[Row]:
    """Lines as rows: `*` marks pinned series, `>` the highest cell, controls are quiet."""
    size = len(PARTS)
    return [
        Row(
            line.key,
            line.texts,
            "quiet" if line.is_control else "",
            "*" if line.key[:size] in pinned else ">" if line.is_extreme else " ",
        )
        for line in lines
    ]


def titled(columns: Sequence[Column], sort: int | None, descending: bool) -> list[Column]:
    """Columns with an arrow on the one that the table is sorted by."""
    arrow = " ▼" if descending else " ▲"
    return [
        replace(column, title=column.title + arrow, least=max(column.least, len(column.title) + 2))
        if at == sort
        else column
        for at, column in enumerate(columns)
    ]
