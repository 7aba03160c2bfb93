"""The lines of curves: between neighbouring points, as far as they are on the axis."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from tui.plot.drawing.curve_drawing import SLACK, Drawing
from tui.plot.drawing.plotext_cells import Line, Place, cells_of
from tui.plot.marks import Look
from tui.plot.series import Series

Segment = tuple[Place, Place]


def draw_lines(drawing: Drawing, curves: Sequence[tuple[Series, Look, int]]) -> None:
    """Lay the lines of all curves over what is there, the first one lowest; marks come after.

    Each stands as many columns aside as its number says.
    """
    lines = [
        Line(_path(_segments(drawing, one, aside)), look.line, look.colour)
        for one, look, aside in curves
    ]
    canvas = drawing.canvas
    for cell in cells_of(lines, canvas.width, canvas.height):
        canvas.put(*cell)


def _path(segments: Iterable[Segment]) -> list[Place | None]:
    """Segments as one path, with gaps where they do not touch."""
    path: list[Place | None] = []
    for start, end in segments:
        if not path or path[-1] != start:
            path += [None, start]
        path.append(end)
    return path


def _segments(drawing: Drawing, one: Series, aside: int) -> Iterator[Segment]:
    """What is on the axis of the lines between neighbouring points."""
    layers = [point.layer for point in one.points if point.layer is not None]
    ends = zip(pairwise(layers), pairwise(drawing.places(one, aside)), strict=True)
    for (left, right), (start, end) in ends:
        sides = drawing.y.hides(start[1]), drawing.y.hides(end[1])
        if right - left <= one.stride * SLACK and (not sides[0] or sides[0] != sides[1]):
            yield _cut(drawing, start, end, sides[0]), _cut(drawing, end, start, sides[1])


def _cut(drawing: Drawing, place: Place, other: Place, side: int) -> Place:
    """A place on the canvas; of one off the axis where the line to the other leaves it."""
    column, value = place
    if not side:
        return column, drawing.row(value)
    axis = drawing.y.axis
    limit = axis.low if side < 0 else axis.high
    here, there = drawing.y.place(value), drawing.y.place(other[1])
    share = (limit - here) / (there - here)
    return column + share * (other[0] - column), drawing.edge(side)[0]
