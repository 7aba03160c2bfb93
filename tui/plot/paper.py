"""A figure on paper: what a picture shows as charts of a report, written through matplotlib.

`write(picture, path)` takes a PDF, SVG or PNG, or `.txt` for its text form; it imports matplotlib
(0.5 s), so call it in a thread or in another process.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from probing.errors import SpecError
from probing.metric_names import METRICS
from probing.reports.charts import CONTROL, OWN, Chart, Curve, Heat, Point
from probing.reports.plates import DESCRIBED, WIDTHS, Plate, write_plate
from tui.plot.axis import short
from tui.plot.drawing.fitting import bounds_of, covered
from tui.plot.drawing.scales import share_of, vertical
from tui.plot.pictures.picture import Grid, Panel, Picture, named
from tui.plot.pictures.picture_text import as_text
from tui.plot.series import OF_SEVERAL, Series
from tui.plot.series import Point as Cell
from tui.texts.sanitiser import clean

SUFFIXES = (*DESCRIBED, ".txt")
COLUMNS = tuple(WIDTHS)  # `single` and `double`: the width of one column of a page or of two
TICKS = 56  # columns that the labels of an x axis are laid out for
ROOM = {"single": 5, "double": 10}  # columns of a heat map whose cells hold their values
MOST_BOUNDS = {"single": 2, "double": 5}  # … and their intervals


def checked(name: str) -> Path:
    """The file to write; raises `SpecError` where its name says no format, or it has no folder."""
    path = Path(name).expanduser().absolute()
    if path.suffix.lower() not in SUFFIXES:
        hint = f"name a file that ends in {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}"
        raise SpecError("no format of a figure", where=str(path), hint=hint)
    if not path.parent.is_dir():
        raise SpecError("no such folder", where=str(path.parent), hint="choose another")
    return path


def write(picture: Picture, path: Path, width: str = "double") -> Path:
    """Write the figure to a file, as its suffix says; raises `SpecError` where that cannot be."""
    if path.suffix.lower() == ".txt":
        return _write_text(as_text(picture), path)
    return write_plate(plate_of(picture, width), path, width)


def _write_text(text: str, path: Path) -> Path:
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    try:
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        reason = error.strerror or str(error)
        raise SpecError(f"cannot be written ({reason})", where=str(path)) from None
    return path


def plate_of(picture: Picture, width: str) -> Plate:
    """The panels as charts, with the caption."""
    if picture.grid is not None:
        return Plate([_heat(picture.grid, picture.metric, width)], picture.caption())
    limits = _limits(picture)
    charts = [_chart(panel, picture, limits) for panel in picture.panels]
    return Plate(charts, picture.caption(), picture.n_columns)


def _limits(picture: Picture) -> tuple[float, float]:
    """One vertical axis for all panels."""
    told: list[float] = []
    for panel in picture.panels:
        told += covered(panel.series, panel.chance, picture.interval, picture.fit)
    whole = picture.fit == "all"
    upright = vertical(picture.metric, told, 24, picture.scale, whole=whole)
    ends = upright.axis.low, upright.axis.high
    return (share_of(ends[0]), share_of(ends[1])) if upright.is_logit else ends


def _chart(panel: Panel, picture: Picture, limits: tuple[float, float]) -> Chart:
    ordered = sorted(panel.series, key=lambda one: bool(one.control))
    levels = {}
    if panel.chance is not None:
        levels[f"chance {short(panel.chance)}{_off([panel.chance], limits)}"] = panel.chance
    curves = [_curve(one, picture, limits) for one in ordered if one.xs]
    for one in ordered:
        if one.flat is not None and not one.xs:
            value = one.flat.value
            levels[f"{named(one)} {short(value)}{_off([value], limits)}"] = value
    axis = panel.along.axis(TICKS) if panel.along else None
    return Chart(
        tuple(curves),
        panel.along.name if panel.along else "layer",
        METRICS[picture.metric].title,
        levels,
        ticks=dict(zip(axis.ticks, axis.labels, strict=True)) if axis else {},
        shaded=picture.interval == "band",
        limits=limits,
        is_logit=picture.scale == "logit",
        best=_best(panel.series) if panel.along is None else (),
        title=clean(panel.title),
    )


def _curve(one: Series, picture: Picture, limits: tuple[float, float]) -> Curve:
    points = [
        Point(float(point.layer), point.value, *bounds_of(one, point, picture.interval))
        for point in one.points
        if point.layer is not None
    ]
    colour = 0 if one.index == OF_SEVERAL else one.index
    alike = [one] if not one.control else [s for s in picture.series if s.control == one.control]
    label = f"{named(one)}{_off([value for other in alike for value in other.ys], limits)}"
    return Curve(label, tuple(points), colour, CONTROL if one.control else OWN)


def _off(values: Sequence[float], limits: tuple[float, float]) -> str:
    """Where values lie that are all off the axis, which a legend must say."""
    low, high = min(values), max(values)
    side = "below" if high < limits[0] else "above" if low > limits[1] else ""
    if not side:
        return ""
    return f" ({side})" if low == high else f" ({side}: {short(low)} to {short(high)})"


def _best(series: tuple[Series, ...]) -> tuple[tuple[float, float], ...]:
    """The layers of the only probe that cannot be told from the best, as stretches."""
    own = [one for one in series if not one.control]
    if len(own) != 1:
        return ()
    half = own[0].stride / 2
    layers = [point.layer for point in own[0].points if point.is_best and point.layer is not None]
    return tuple((layer - half, layer + half) for layer in layers)


def _heat(grid: Grid, metric: str, width: str) -> Heat:
    values = [[None if point is None else point.value for point in row] for row in grid.points]
    known = [point.value for point in grid.known] or [0.0, 1.0]
    has_room = len(grid.columns) <= ROOM[width]
    has_bounds = len(grid.columns) <= MOST_BOUNDS[width]
    return Heat(
        values,
        grid.rows,
        grid.columns,
        grid.columns_by,
        grid.rows_by,
        METRICS[metric].title,
        limits=(min(known), max(known)),
        told=_told(grid, has_bounds) if has_room else (),
        from_top=grid.rows_by != "layer",
    )


def _told(grid: Grid, has_bounds: bool) -> list[list[str]]:
    def cell(point: Cell | None) -> str:
        if point is None:
            return ""
        if not has_bounds or point.low is None or point.high is None:
            return short(point.value)
        return f"{short(point.value)} [{short(point.low)}, {short(point.high)}]"

    return [[cell(point) for point in row] for row in grid.points]
