"""Heat maps and small multiples of what Results shows, made in a thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import permutations

from tui.plot.along.x_axes import LAYER, TEXTS, kinds_of, middle_layer, over
from tui.plot.curve_plot import Looks
from tui.plot.drawing.scales import can_be_logit
from tui.plot.grids.around import grid_of, grids_in
from tui.plot.panels.multiples import panels_of, parts_that_differ, usual_parts
from tui.plot.pictures.picture import Grid, Kind, Picture
from tui.plot.series import PARTS, Series
from tui.results.figures.kin import MOST_LISTED, kin_of, listed
from tui.results.view import Drawn, Shown

Key = tuple[str, ...]
By = tuple[str, str]
USUAL_COLUMNS = 3


@dataclass(frozen=True)
class Wanted:
    """How the figure is to be drawn; `grid` and `panels` are rows and columns, empty for usual."""

    kind: Kind = "curves"
    axis: str = LAYER
    grid: By = ("", "")
    panels: By = ("", "")

    def of(self, by: By) -> Wanted:
        """The same with other rows and columns."""
        return replace(self, grid=by) if self.kind == "heatmap" else replace(self, panels=by)


@dataclass(frozen=True)
class Made:
    """A heat map or panels; neither where there are none."""

    grid: Grid | None = None
    panels: Picture | None = None
    note: str = ""


def made_of(shown: Shown, wanted: Wanted, looks: Looks, key: Key | None) -> Made:
    """What is wanted around the series of `key`."""
    if wanted.kind == "heatmap":
        return Made(grid=_grid(shown, wanted, key))
    series, left_out = listed(shown)
    note = f"the first {MOST_LISTED} series; {left_out:,} more: filter (/)" if left_out else ""
    return Made(panels=_panels(shown, series, wanted, looks), note=note)


def _grid(shown: Shown, wanted: Wanted, key: Key | None) -> Grid | None:
    if key is None:
        return None
    focus = (*key[: len(PARTS) - 1], "")
    kin = kin_of(shown, [focus])
    offered = grids_in(kin, focus)
    if not offered:
        return None
    by = wanted.grid if wanted.grid in offered else offered[0]
    return grid_of(kin, focus, by, shown.metric)


def _panels(shown: Shown, series: list[Series], wanted: Wanted, looks: Looks) -> Picture | None:
    if not series:
        return None
    differ = parts_that_differ(series)
    by = wanted.panels
    if not by[0] or any(part and part not in differ for part in by):
        by = usual_parts(series)
    along = None
    if wanted.axis not in (LAYER, TEXTS):
        found = over(wanted.axis, series, series, middle_layer(series, wanted.axis))
        series, along = found if found else (series, None)
    panels, n_columns = panels_of(series, by, shown.metric)
    scale = looks.scale if can_be_logit(shown.metric) else "linear"
    return Picture(
        shown.metric,
        tuple(replace(one, along=along) for one in panels),
        None,
        n_columns or min(len(panels), USUAL_COLUMNS),
        looks.interval,
        scale,
        looks.fit,
    )


def axes_of(shown: Shown, drawn: Drawn, has_learned: Callable[[str], bool]) -> list[str]:
    """The x axes that the curves have."""
    kin = kin_of(shown, [one.key for one in drawn.series if not one.control])
    kinds = kinds_of(drawn.series, kin)
    run = drawn.series[0].key[0]
    return [*kinds, TEXTS] if has_learned(run) else kinds


def choices_of(shown: Shown, kind: Kind, key: Key | None) -> list[By]:
    """The rows and columns that there are to choose from."""
    if kind == "heatmap":
        focus = None if key is None else (*key[: len(PARTS) - 1], "")
        return [] if focus is None else grids_in(kin_of(shown, [focus]), focus)
    parts = parts_that_differ(listed(shown)[0])
    return [*((part, "") for part in parts), *permutations(parts, 2)]
