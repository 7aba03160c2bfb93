"""What a figure shows, before it is drawn in a terminal or on paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from probing.metric_names import METRICS
from tui.plot.along.x_axes import Along
from tui.plot.axis import short
from tui.plot.drawing.fitting import Fit, Interval
from tui.plot.drawing.scales import Scale
from tui.plot.series import Point, Series, best_layers, common_parts
from tui.texts.sanitiser import clean

Kind = Literal["curves", "heatmap", "multiples"]
KINDS: tuple[Kind, ...] = ("curves", "heatmap", "multiples")
PARTS_TOLD = ("dataset", "model", "site", "pooler", "classifier")


@dataclass(frozen=True)
class Panel:
    """Curves on common axes; `along` is their x axis where that is not the layer."""

    series: tuple[Series, ...]
    chance: float | None = None
    title: str = ""
    along: Along | None = None


@dataclass(frozen=True)
class Grid:
    """A value for each row and column, None where there is none; `controls` are those beside."""

    rows_by: str
    columns_by: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    points: tuple[tuple[Point | None, ...], ...]
    keys: tuple[tuple[tuple[str, ...] | None, ...], ...] = ()
    controls: tuple[tuple[tuple[tuple[str, float], ...], ...], ...] = ()
    title: str = ""
    note: str = ""
    chance: float | None = None

    @property
    def known(self) -> list[Point]:
        """The cells that have a value."""
        return [point for row in self.points for point in row if point is not None]


@dataclass(frozen=True)
class Picture:
    """A figure: one panel of curves, several in `n_columns`, or a grid of coloured cells."""

    metric: str
    panels: tuple[Panel, ...] = ()
    grid: Grid | None = None
    n_columns: int = 1
    interval: Interval = "whiskers"
    scale: Scale = "linear"
    fit: Fit = "task"
    span: tuple[float, float] | None = None

    @property
    def kind(self) -> Kind:
        """How it is drawn."""
        if self.grid is not None:
            return "heatmap"
        return "curves" if len(self.panels) == 1 else "multiples"

    @property
    def series(self) -> list[Series]:
        """All series of all panels."""
        return [one for panel in self.panels for one in panel.series]

    def title(self, panel: Panel) -> str:
        """The metric, and what it is drawn by."""
        by = panel.along.title if panel.along else "by layer"
        odds = ", log odds" if self.scale == "logit" else ""
        return f"{METRICS[self.metric].title} {by}{odds}"

    def caption(self) -> str:
        """What it shows, of which texts, with which intervals and controls, in a few sentences."""
        if self.grid is not None:
            return " ".join(_of_grid(self.grid, self.metric))
        return " ".join(_of_curves(self))


def named(one: Series) -> str:
    """What the legend calls a series: its probe, or its control."""
    return one.label_of_control if one.control else one.label


def _of_curves(picture: Picture) -> list[str]:
    series = picture.series
    along = next((panel.along for panel in picture.panels if panel.along), None)
    title = METRICS[picture.metric].title
    names = ", ".join(common_parts(series, PARTS_TOLD))
    by = along.title if along else "by layer"
    told = [f"{title[:1].upper()}{title[1:]} {by}{f': {names}' if names else ''}."]
    own = [one for one in series if not one.control]
    told += _texts(own or series)
    told += _intervals(picture, own or series)
    if best := _best(own):
        told.append(best)
    controls = list(dict.fromkeys(one.label_of_control for one in series if one.control))
    if controls:
        told.append(f"Controls (dashed or level): {', '.join(controls)}.")
    levels = sorted({panel.chance for panel in picture.panels if panel.chance is not None})
    if levels:
        told.append(f"Chance: {', '.join(map(short, levels))}.")
    if picture.scale == "logit":
        told.append("The vertical axis is of log odds.")
    return told


def _texts(series: Sequence[Series]) -> list[str]:
    """How many texts every point is of, and in how many folds."""
    if not series:
        return []
    sizes, folds = sorted({one.n for one in series}), {one.n_folds for one in series} - {0}
    if sizes == [0]:
        return []
    n = f"{sizes[0]:,}" if len(sizes) == 1 else f"{sizes[0]:,} to {sizes[-1]:,}"
    groups = {one.n_groups for one in series}
    apart = f" in {next(iter(groups)):,} groups" if len(groups) == 1 and None not in groups else ""
    over = f", {next(iter(folds))} folds" if len(folds) == 1 else ""
    return [f"n = {n} held-out texts{apart}{over}."]


def _intervals(picture: Picture, series: Sequence[Series]) -> list[str]:
    points = [point for one in series for point in one.points]
    if picture.interval == "none" or not any(point.low is not None for point in points):
        return []
    if picture.interval == "band" and any(point.band_low is not None for point in points):
        return ["95% bands over all layers together."]
    return ["95% intervals of each point by itself."]


def _best(own: Sequence[Series]) -> str:
    told = [(one.label, best_layers(one)) for one in own]
    known = [(label, layers) for label, layers in told if layers]
    if not known:
        return ""
    if len(own) == 1:
        return f"Layers that cannot be told from the best: {known[0][1]}."
    several = "; ".join(f"{clean(label)} {layers}" for label, layers in known)
    return f"Layers that cannot be told from the best: {several}."


def _of_grid(grid: Grid, metric: str) -> list[str]:
    title = METRICS[metric].title
    told = [f"{title[:1].upper()}{title[1:]} by {grid.rows_by} (rows) and {grid.columns_by}"]
    told[0] += f" (columns): {grid.title}." if grid.title else " (columns)."
    told += [f"{grid.note[:1].upper()}{grid.note[1:]}."] if grid.note else []
    sizes = sorted({point.n for point in grid.known if point.n})
    if sizes:
        n = f"{sizes[0]:,}" if len(sizes) == 1 else f"{sizes[0]:,} to {sizes[-1]:,}"
        told.append(f"n = {n} held-out texts.")
    ends = [p.high - p.low for p in grid.known if p.low is not None and p.high is not None]
    if ends:
        widest, least = max(ends) / 2, min(ends) / 2
        told.append(f"95% intervals: ±{short(least, 3)} to ±{short(widest, 3)}.")
    told += _controls_of(grid)
    if grid.chance is not None:
        told.append(f"Chance: {short(grid.chance)}.")
    return told


def _controls_of(grid: Grid) -> list[str]:
    values: dict[str, list[float]] = {}
    for row in grid.controls:
        for cell in row:
            for name, value in cell:
                values.setdefault(name, []).append(value)
    told = [
        f"{name} {short(min(known))}"
        + (f" to {short(max(known))}" if max(known) > min(known) else "")
        for name, known in values.items()
    ]
    return [f"Controls: {', '.join(told)}."] if told else []
