"""Small multiples as text: panels side by side on common axes, one legend below all."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from tui.plot import charset
from tui.plot.axis import Axis, layer_axis
from tui.plot.curves import draw
from tui.plot.drawing.fitting import covered
from tui.plot.drawing.interval_choice import intervals_of
from tui.plot.drawing.scales import Vertical, vertical
from tui.plot.legend import legend_lines
from tui.plot.pictures.picture import Panel, Picture
from tui.plot.series import Series
from tui.texts.names import shortened

GAP = 2
LEAST_WIDTH, LEAST_HEIGHT = 24, 8  # of a panel
TALL, LEAST_OF_TALL = 24, 11  # where there are so many lines, panels are higher and scroll
MOST_LEGEND = 4


def panels_size(picture: Picture, width: int, height: int) -> tuple[int, int, int]:
    """How many panels stand side by side and below one another, and how high each is."""
    beside = max(min(picture.n_columns, (width + GAP) // (LEAST_WIDTH + GAP)), 1)
    n_rows = -(-len(picture.panels) // beside)
    least = LEAST_HEIGHT if height < TALL else LEAST_OF_TALL
    rows = max(min(n_rows, height // least), 1)
    return beside, rows, max(height // rows, 1)


def n_rows_of(picture: Picture, width: int) -> int:
    """How many rows of panels there are in so many columns."""
    return -(-len(picture.panels) // panels_size(picture, width, LEAST_HEIGHT)[0])


def draw_panels(
    picture: Picture,
    width: int,
    height: int,
    *,
    colour: bool,
    ascii: bool | None = None,
    first: int = 0,
) -> list[str]:
    """The panels from the row `first` on, as many as there is room for, and the legend."""
    ascii = charset.is_ascii() if ascii is None else ascii
    series = [one for panel in picture.panels for one in panel.series]
    chances = {panel.chance for panel in picture.panels}
    chance = chances.pop() if len(chances) == 1 else None
    unique = list({(one.index, one.control): one for one in series}.values())
    legend = legend_lines(unique, width, MOST_LEGEND, chance, colour=colour, ascii=ascii)
    legend = list(map(charset.as_ascii, legend)) if ascii else legend
    beside, n_rows, high = panels_size(picture, width, height - len(legend) - 1)
    n_all = -(-len(picture.panels) // beside)
    first = min(first, max(n_all - n_rows, 0))
    kept = picture.panels[first * beside : (first + n_rows) * beside]
    own = (width + GAP) // beside - GAP
    axes = _axes(picture, series, own, high)
    whose = _whose(kept, picture, axes, own, high)
    lines = [_title(picture, first * beside, len(kept), width, whose)]
    for start in range(0, len(kept), beside):
        row = kept[start : start + beside]
        drawn = [_panel(one, picture, axes, own, high, colour, ascii) for one in row]
        lines += _side_by_side(drawn, own)
    return [*lines, *legend]


def _whose(
    panels: Sequence[Panel],
    picture: Picture,
    axes: tuple[Axis, Vertical],
    width: int,
    height: int,
) -> str:
    """What intervals are drawn, in words."""
    if picture.interval == "none":
        return ""
    size = width - 5, height - 3
    shown = [intervals_of(one.series, picture.interval, *axes, size) for one in panels]
    of = " of the first of each" if any(one.whose for one in shown) else ""
    return f" · 95% intervals{of}"


def _title(picture: Picture, start: int, n: int, width: int, whose: str) -> str:
    told = f"{picture.title(picture.panels[0])}{whose}"
    n_all = len(picture.panels)
    of = "" if n == n_all else f"  panels {start + 1}-{start + n} of {n_all}"
    return set_cell_size(f"{told}{of}", width).rstrip()


def _axes(
    picture: Picture, series: Sequence[Series], width: int, height: int
) -> tuple[Axis, Vertical]:
    """The axes that all panels share."""
    along = next((panel.along for panel in picture.panels if panel.along), None)
    told: list[float] = []
    for panel in picture.panels:
        told += covered(panel.series, panel.chance, picture.interval, picture.fit)
    layers = [layer for one in series for layer in one.xs]
    x = along.axis(width) if along else layer_axis(layers, width)
    whole = picture.fit == "all"
    return x, vertical(picture.metric, told, height - 3, picture.scale, whole=whole)


def _panel(
    panel: Panel,
    picture: Picture,
    axes: tuple[Axis, Vertical],
    width: int,
    height: int,
    colour: bool,
    ascii: bool,
) -> list[str]:
    text = draw(
        panel.series,
        picture.metric,
        width,
        height,
        chance=panel.chance,
        interval=picture.interval,
        x=axes[0],
        y=axes[1],
        title=shortened(panel.title, width) or " ",
        below=[],
        colour=colour,
        ascii=ascii,
    )
    lines = text.split("\n")
    return [*lines, *[""] * (height - len(lines))]


def _side_by_side(panels: Sequence[Sequence[str]], width: int) -> list[str]:
    """Panels of one width in one row."""
    return [
        (" " * GAP).join(_padded(line, width) for line in lines).rstrip()
        for lines in zip(*panels, strict=True)
    ]


def _padded(line: str, width: int) -> str:
    """A line with terminal colours in so many columns."""
    own = Text.from_ansi(line).cell_len if "\x1b" in line else cell_len(line)
    return line + " " * max(width - own, 0)
