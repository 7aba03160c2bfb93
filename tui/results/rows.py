"""Rows of the results table, one per series or cell; marks the layer with the highest value."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol, overload, runtime_checkable

from rich.cells import cell_len

from probing.logs.index.row_ranges import row_numbers
from probing.metric_names import METRICS
from tui.plot.axis import Axis, metric_axis, short
from tui.plot.series import PARTS, TASK_LABEL, Point, Series, best_layers, is_shared
from tui.texts.names import shown_name
from tui.texts.of_runs.plans import texts_and_groups
from tui.widgets.column_widths import Column
from tui.widgets.row_table import Row

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

BARS = "▁▂▃▄▅▆▇█"
WIDEST_CURVE = 16
LEAST = {"run": 7, "site": 4, "dataset": 6, "model": 6, "classifier": 6, "control": 6}
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
    lines: Sequence[Line] = ()
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
    columns = series_columns(parts, metric, _has_bands(series), controls)
    lines = [
        series_line(one, parts, metric, axis, _others(one, metric, controls, beside))
        for one in series
    ]
    return ResultRows(whole(columns, lines, len(parts)), tuple(lines), shared)


def series_columns(
    parts: Sequence[str], metric: str, has_bands: bool, controls: Sequence[str]
) -> list[Column]:
    """The columns of lines of series."""
    return [
        *_part_columns(parts),
        Column(extreme_word(metric), 7, right=True),
        Column("band" if has_bands else "interval", 12),
        Column("layer", 5),
        *_beside_columns(controls),
        Column("curve", WIDEST_CURVE, rank=CURVE_RANK),
        Column("n", 4, right=True, rank=COUNT_RANK),
    ]


def whole(columns: Sequence[Column], lines: Sequence[Line], first: int) -> tuple[Column, ...]:
    """Columns of which the score, its interval and the layer, from the `first`, are never cut."""
    columns = list(columns)
    for at in range(first, first + 3):
        widest = max((cell_len(line.texts[at]) for line in lines), default=0)
        columns[at] = replace(columns[at], least=max(columns[at].least, widest))
    return tuple(columns)


def series_line(
    one: Series,
    parts: Sequence[str],
    metric: str,
    axis: Axis,
    others: Sequence[float | None],
) -> Line:
    """The line of a series; `others` are what the controls that stand in it score."""
    point = _far(one, metric)
    low, high = point.bounds(together=True)
    point = replace(point, low=low, high=high)
    told = _told(one.key, parts)
    layer = -1 if point.layer is None else point.layer
    low = point.value if point.low is None else point.low
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


def cell_columns(parts: Sequence[str], controls: Sequence[str]) -> list[Column]:
    """The columns of lines of cells."""
    return [
        *_part_columns(parts),
        Column("layer", 5, right=True),
        Column("mean", 5, right=True),
        Column("interval", 12),
        *_beside_columns(controls),
        Column("folds", 5, right=True, rank=COUNT_RANK),
        Column("n", 4, right=True, rank=COUNT_RANK),
    ]


def cell_line(
    one: Series,
    point: Point,
    parts: Sequence[str],
    is_far: bool,
    others: Sequence[float | None],
) -> Line:
    """The line of a cell; `others` are what the controls that stand in it score."""
    told = _told(one.key, parts)
    layer = -1 if point.layer is None else point.layer
    low = point.value if point.low is None else point.low
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
    one: Series, metric: str, controls: Sequence[str], beside: Beside
) -> list[float | None]:
    """What the controls of a series score at its highest layer."""
    folded, layer = beside.get(one.key, {}), _far(one, metric).layer
    points = [_at(folded[name], layer) if name in folded else None for name in controls]
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


def parts_of(names: pl.DataFrame, series: NDArray[np.int64]) -> tuple[list[str], tuple[str, ...]]:
    """As `_parts`, of the series of these numbers; `names` has the key of each in a row."""
    differ, shared, rows = [], list[str](), row_numbers(series)
    for part in PARTS:
        values = set(names[part].gather(rows).unique().cast(str))
        values -= {""} if part != "control" else set()
        if len(values) > 1 or part == "classifier":
            differ.append(part)
        elif values and (value := next(iter(values))):
            shared.append(shown_name(value))
    return differ, tuple(shared)


def sort_ranks(names: pl.Series, part: str) -> NDArray[np.float64]:
    """Numbers in the order of what a column of a part shows."""
    import polars as pl

    known = names.unique().cast(pl.String).to_list()
    told = {name: _told_part(part, name) for name in known}
    ranks = {text: float(at) for at, text in enumerate(sorted(set(told.values())))}
    by_name = {name: ranks[text] for name, text in told.items()}
    return names.cast(pl.String).replace_strict(by_name, return_dtype=pl.Float64).to_numpy()


def _told(key: tuple[str, ...], parts: Sequence[str]) -> list[str]:
    return [_told_part(part, key[PARTS.index(part)]) for part in parts]


def _told_part(part: str, name: str) -> str:
    text = shown_name(name)
    return (text.replace("_", " ") or TASK_LABEL) if part == "control" else text


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


def sorted_lines(lines: Sequence[Line], column: int | None, descending: bool) -> Sequence[Line]:
    """Lines sorted by the values of a column; in their order if it is None."""
    if isinstance(lines, SortsItself):
        return lines.sorted(column, descending)
    if column is None or not lines or column >= len(lines[0].values):
        return list(lines)
    return sorted(lines, key=lambda line: line.values[column], reverse=descending)


@runtime_checkable
class SortsItself(Protocol):
    """Lines that are made when they are looked at."""

    def sorted(self, column: int | None, descending: bool) -> Sequence[Line]:
        """The same lines by the values of a column."""
        ...

    def find(self, key: tuple[str, ...]) -> int | None:
        """The place of the line of that key."""
        ...

    def looked_at(self) -> list[Line]:
        """Lines that the widths of columns go by."""
        ...


class Rows(Sequence[Row]):
    """Lines as rows: `*` marks pinned series, `>` the highest cell, controls are quiet."""

    def __init__(self, lines: Sequence[Line], pinned: Sequence[tuple[str, ...]]) -> None:
        self.lines, self.pinned = lines, tuple(pinned)

    def __len__(self) -> int:
        return len(self.lines)

    @overload
    def __getitem__(self, at: int) -> Row: ...
    @overload
    def __getitem__(self, at: slice) -> list[Row]: ...
    def __getitem__(self, at: int | slice) -> Row | list[Row]:
        if isinstance(at, slice):
            return [self._row(line) for line in self.lines[at]]
        return self._row(self.lines[at])

    def _row(self, line: Line) -> Row:
        mark = "*" if line.key[: len(PARTS)] in self.pinned else ">" if line.is_extreme else " "
        return Row(line.key, line.texts, "quiet" if line.is_control else "", mark)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Rows) or self.pinned != other.pinned:
            return False
        return len(self) == len(other) and self.lines == other.lines

    __hash__ = None  # type: ignore[assignment]

    def find(self, key: tuple[str, ...]) -> int | None:
        """The place of the row of that key; None where there is none."""
        if isinstance(self.lines, SortsItself):
            return self.lines.find(key)
        return next((at for at, line in enumerate(self.lines) if line.key == key), None)

    def looked_at(self) -> list[Row]:
        """Rows that the widths of columns go by."""
        lines = self.lines.looked_at() if isinstance(self.lines, SortsItself) else self.lines
        return [self._row(line) for line in lines]


def as_rows(lines: Sequence[Line], pinned: Sequence[tuple[str, ...]]) -> Sequence[Row]:
    """Lines as rows."""
    return Rows(lines, pinned)
