"""Draw how scores lie: a row of bars for each class above one axis, thresholds through them."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from tui.plot import charset
from tui.plot.axis import Axis, value_axis
from tui.plot.decisions.class_looks import class_look
from tui.plot.decisions.plane import Plane, too_small
from tui.plot.marks import grey

EIGHTHS = " ▁▂▃▄▅▆▇█"
MOST_BINS = 120


def n_bins_of(width: int) -> int:
    """How many bars have room."""
    return max(min(width - 12, MOST_BINS), 8)


def draw_score_bars(
    edges: Sequence[float],
    counts: Sequence[Sequence[int]],
    names: Sequence[str],
    thresholds: Sequence[float],
    width: int,
    height: int,
) -> Text:
    """`counts` `[n_kinds][n_bins]` between `edges`, each kind in lines of its own above the last.

    All bars are on one scale. `thresholds` are drawn as upright lines.
    """
    small = too_small(width, height)
    if small is not None:
        return small
    each = max((height - 2 - len(names)) // max(len(names), 1), 1)
    x = value_axis([edges[0], edges[-1]], width // 4)
    x = Axis(edges[0], edges[-1], x.ticks, x.labels)
    lines = len(names) * (each + 1)
    plane = Plane(x, Axis(0, 1, (), ()), width, lines + 2, ascii=charset.is_ascii())
    most = max((max(own, default=0) for own in counts), default=0)
    for at, (own, name) in enumerate(zip(counts, names, strict=True)):
        foot = (at + 1) * (each + 1) - 1
        look = class_look(at, len(names))
        _bars(plane, edges, own, most, (foot, each), look.colour)
        label = f"{look.mark} {name}  n {sum(own):,}  tallest bar {max(own, default=0):,}"
        for column, char in enumerate(label[: plane.columns]):
            plane.put(column, foot - each, char, look.colour)
    for value in thresholds:
        _threshold(plane, value, lines, each)
    return plane.text()


def _bars(
    plane: Plane,
    edges: Sequence[float],
    counts: Sequence[int],
    most: int,
    place: tuple[int, int],
    colour: int,
) -> None:
    """The bars of one kind, `each` lines tall above the line `foot`."""
    foot, each = place
    for at, count in enumerate(counts):
        if not count:
            continue
        first, last = plane.column(edges[at]), plane.column(edges[at + 1])
        eighths = max(round(count / most * each * 8), 1)
        for column in range(first, max(last, first + 1)):
            for line in range((eighths + 7) // 8):
                part = min(eighths - line * 8, 8)
                plane.put(column, foot - line, "#" if plane.ascii else EIGHTHS[part], colour)


def _threshold(plane: Plane, value: float, lines: int, each: int) -> None:
    if plane.x.hides(value):
        return
    mark = "!" if plane.ascii else "┊"
    for line in range(lines):
        if line % (each + 1):
            plane.put(plane.column(value), line, mark, grey())
