"""Draw points: of classes each with its mark, or of numbers with a line to compare them with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Literal

from rich.text import Text

from tui.plot import charset
from tui.plot.axis import Axis, value_axis
from tui.plot.decisions.class_looks import ClassLook
from tui.plot.decisions.plane import Plane, too_small
from tui.plot.marks import colour_of, grey

Guide = Literal["", "diagonal", "level"]
SHADES = "·∘○●"  # one text in a cell, a few, more, many


def _plane(xs: Sequence[float], ys: Sequence[float], width: int, height: int) -> Plane:
    x, y = _tight(xs, width // 4), _tight(ys, height)
    return Plane(x, y, width, height, ascii=charset.is_ascii())


def _tight(values: Sequence[float], room: int) -> Axis:
    """An axis with round ticks that ends soon after the values do."""
    axis, low, high = value_axis(values, room), min(values), max(values)
    margin = (high - low) * 0.02 or 0.5
    return Axis(low - margin, high + margin, axis.ticks, axis.labels)


def draw_classes(
    points: Sequence[tuple[float, float]],
    classes: Sequence[int],
    looks: Sequence[ClassLook],
    width: int,
    height: int,
) -> Text:
    """Points by class; a cell has the mark of the class with most points in it."""
    small = too_small(width, height)
    if small is not None or not points:
        return small or Text("no texts")
    plane = _plane([x for x, _ in points], [y for _, y in points], width, height)
    held: dict[tuple[int, int], Counter[int]] = {}
    for (x, y), own in zip(points, classes, strict=True):
        held.setdefault((plane.column(x), plane.row(y)), Counter())[own] += 1
    for (column, row), counts in held.items():
        look = looks[counts.most_common(1)[0][0]]
        plane.put(column, row, look.mark, look.colour)
    return plane.text()


def draw_numbers(
    xs: Sequence[float], ys: Sequence[float], guide: Guide, width: int, height: int
) -> Text:
    """Points, the fuller the more lie in a cell, and the line on which both numbers are equal, or
    0."""
    small = too_small(width, height)
    if small is not None or not xs:
        return small or Text("no texts")
    both = [*xs, *ys] if guide == "diagonal" else xs
    plane = _plane(both, both if guide == "diagonal" else [*ys, 0.0], width, height)
    held = Counter((plane.column(x), plane.row(y)) for x, y in zip(xs, ys, strict=True))
    _guide(plane, guide)
    most = max(held.values())
    for (column, row), count in held.items():
        full = min(int((count - 1) / max(most - 1, 1) * 3 + 0.999), 3)
        plane.put(column, row, ".:o@"[full] if plane.ascii else SHADES[full], colour_of(0))
    return plane.text()


def _guide(plane: Plane, guide: Guide) -> None:
    mark = "-" if plane.ascii else "╌"
    for column in range(plane.columns if guide else 0):
        x = plane.x.low + (column + 0.5) / plane.columns * (plane.x.high - plane.x.low)
        plane.point(x, x if guide == "diagonal" else 0.0, mark, grey())
