"""Lines through points as cells of a canvas, drawn by plotext: at most a dot beside the ideal ones.

plotext has one figure for the whole process: it is cleared and used under a lock, one build for a
canvas. Where two lines share a cell, plotext has the dots of the later one alone; those of the
other are added here, in the later one's colour, so that no line vanishes behind another.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite
from threading import Lock
from typing import TypeGuard

Place = tuple[float, float]
Cell = tuple[int, int, str, int]  # column, row, character, colour

BRAILLE = "braille"
BLANKS = " \u2800"
FIRST_BRAILLE, LAST_BRAILLE = "\u2800", "\u28ff"
DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))  # of a cell, row by row
EDGE = 1e-4  # a place on the edge of two dots belongs to the lower one
_LOCK = Lock()
_COLOURS = re.compile("\x1b\\[([0-9;]*)m")


@dataclass(frozen=True)
class Line:
    """A line of one look through places, of which None is a gap; in braille dots or in `mark`."""

    places: Sequence[Place | None]
    mark: str
    colour: int


def cells_of(lines: Sequence[Line], width: int, height: int) -> list[Cell]:
    """The cells that the lines take; places are in cells from the upper left corner."""
    heights = [place[1] for line in lines for place in line.places if _is_known(place)]
    if not heights:
        return []
    # plotext takes as long as its canvas is high: it draws the rows that have lines
    top, end = max(int(min(heights)), 0), min(int(max(heights)) + 1, height)
    rows = _built(lines, width, top, end).split("\n")[: end - top]
    cells = [cell for row, text in enumerate(rows, top) for cell in _read(text, row)]
    shared = _shared_dots(lines)
    return [_joined(cell, shared.get(cell[:2], 0)) for cell in cells] if shared else cells


def _joined(cell: Cell, dots: int) -> Cell:
    """A cell with more dots, if it is one of braille."""
    column, row, char, colour = cell
    if not dots or not FIRST_BRAILLE <= char <= LAST_BRAILLE:
        return cell
    return column, row, chr(ord(char) | dots), colour


def _shared_dots(lines: Sequence[Line]) -> dict[tuple[int, int], int]:
    """The dots of earlier lines in the cells that a later one takes too."""
    taken: dict[tuple[int, int], int] = {}
    shared: dict[tuple[int, int], int] = {}
    for line in lines:
        if line.mark == BRAILLE:
            for cell, dots in _dots(line).items():
                if cell in taken:
                    shared[cell] = taken[cell]
                taken[cell] = taken.get(cell, 0) | dots
    return shared


def _dots(line: Line) -> dict[tuple[int, int], int]:
    """The dots of a line by their cells; it is as thick as one dot."""
    found: dict[tuple[int, int], int] = {}
    for start, end in pairwise(line.places):
        if not (_is_known(start) and _is_known(end)):
            continue
        x, y = 2 * start[0], 4 * start[1] + EDGE
        across, down = 2 * end[0] - x, 4 * end[1] + EDGE - y
        n = max(round(max(abs(across), abs(down))), 1)
        for at in range(n + 1):
            column, row = int(x + across * at / n), int(y + down * at / n)
            cell = column // 2, row // 4
            found[cell] = found.get(cell, 0) | DOTS[row % 4][column % 2]
    return found


def _is_known(place: Place | None) -> TypeGuard[Place]:
    return place is not None and isfinite(place[0]) and isfinite(place[1])


def _built(lines: Sequence[Line], width: int, top: int, end: int) -> str:
    """The text of the rows from `top` to before `end`, with the lines alone."""
    import plotext  # 30 ms, only who draws a curve pays

    with _LOCK:
        plotext.clear_figure()
        plotext.limit_size(False, False)
        plotext.plotsize(width, end - top)
        plotext.theme("clear")
        plotext.frame(False)
        _aim(("lower", "left"), width, end - top, wide=2, high=4)
        _aim(("upper", "right"), width, end - top, wide=1, high=1)
        for line in lines:
            _plot(line, end)
        return str(plotext.build())


def _aim(sides: tuple[str, str], width: int, height: int, *, wide: int, high: int) -> None:
    """Bare axes from the middle of the first dot to that of the last, so many to a cell."""
    import plotext

    plotext.xfrequency(0, sides[0])
    plotext.yfrequency(0, sides[1])
    x, y = 0.5 / wide, 0.5 / high
    plotext.xlim(x, max(width - x, x + EDGE), sides[0])
    plotext.ylim(y, max(height - y, y + EDGE), sides[1])


def _plot(line: Line, end: int) -> None:
    import plotext

    kept = [place if _is_known(place) else None for place in line.places]
    if line.mark != BRAILLE:
        kept = _with_turns(kept)
    sides = ("lower", "left") if line.mark == BRAILLE else ("upper", "right")
    plotext.plot(
        [place and place[0] for place in kept],
        [place and end - place[1] - EDGE for place in kept],
        marker=line.mark,
        color=line.colour,
        xside=sides[0],
        yside=sides[1],
    )


def _with_turns(places: Sequence[Place | None]) -> list[Place | None]:
    """Where a line enters another row its cells before and after, which plotext puts at an end."""
    path = list[Place | None]()
    for start, end in pairwise(places):
        path.append(start)
        if start and end:
            n = round(abs(end[0] - start[0])) or 1
            step = (end[0] - start[0]) / n, (end[1] - start[1]) / n
            cells = [(start[0] + at * step[0], start[1] + at * step[1]) for at in range(n + 1)]
            path += [one for pair in pairwise(cells) if _turns(*pair) for one in pair]
    return [*path, *places[-1:]]


def _turns(one: Place, other: Place) -> bool:
    return int(one[1]) != int(other[1])


def _read(text: str, row: int) -> Iterator[Cell]:
    """The cells of what a line of text shows."""
    start, colour = 0, -1
    for at, part in enumerate(_COLOURS.split(text)):
        if at % 2:
            colour = int(part[5:]) if part.startswith("38;5;") else -1
            continue
        for column, char in enumerate(part, start):
            if char not in BLANKS:
                yield column, row, char, colour
        start += len(part)
