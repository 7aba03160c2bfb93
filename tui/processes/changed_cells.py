"""Sends the terminal only the cells that changed: over a slow line a redrawn table costs its news.

Textual sends each widget that was redrawn as a whole. Here what was sent last is known by the
cell, and a part of an update that says the same again is left out. All is sent after a resize, when
the app comes back from the background, and when it is asked for (`forget`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from rich.cells import get_character_cell_size
from rich.color import ColorSystem
from rich.console import Console
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from tui.processes.pen import Pen

Cell = tuple[str, Style | None]
Run = tuple[int, int, list[Cell]]
NOTHING: Cell = ("\0", None)
# to move the cursor costs as much as some cells that are the same again
GAP = 4


class ChangedCells(CompositorUpdate):
    """An update of runs of cells, each with its column and line."""

    def __init__(self, runs: Iterable[Run]) -> None:
        self.runs = list(runs)

    def render_segments(self, console: Console) -> str:
        """What the terminal gets."""
        if not self.runs:
            return ""
        pen = Pen(console._color_system or ColorSystem.TRUECOLOR)
        said = []
        for x, y, cells in self.runs:
            said.append(f"\x1b[{y + 1};{x + 1}H")
            for style, run in groupby(cells, key=_style_of):
                said.append(pen.write("".join(char for char, _ in run), style))
        return "".join(said) + pen.lift()


class ShownCells:
    """The cells that the terminal shows."""

    def __init__(self) -> None:
        self._lines: dict[int, list[Cell]] = {}
        self._region = Region()

    def forget(self) -> None:
        """Send all cells at the next update: the terminal may show something else."""
        self._lines.clear()

    def news(self, update: Any) -> Any:
        """What of an update is new to the terminal."""
        if isinstance(update, LayoutUpdate):
            return ChangedCells(self._changed_of_all(update))
        if isinstance(update, ChopsUpdate):
            return ChangedCells(self._changed(update))
        return update

    def _changed_of_all(self, update: LayoutUpdate) -> Iterator[Run]:
        if update.region != self._region:
            self._region = update.region
            self.forget()
        for y, strips in enumerate(update.strips, update.region.y):
            cells = [cell for strip in strips for cell in _cells(strip)]
            yield from self._new_runs(update.region.x, y, self._lines.setdefault(y, []), cells)

    def _changed(self, update: ChopsUpdate) -> Iterator[Run]:
        for y, start, end in update.spans:
            shown = self._lines.setdefault(y, [])
            for x, strip in update.chops[y].items():
                if strip is None or x >= end or x + strip.cell_length <= start:
                    continue
                cells = _cells(strip)
                first, last = max(start - x, 0), min(end - x, len(cells))
                while first > 0 and not cells[first][0]:  # never half of a wide character
                    first -= 1
                while last < len(cells) and not cells[last][0]:
                    last += 1
                yield from self._new_runs(x + first, y, shown, cells[first:last])

    def _new_runs(self, x: int, y: int, shown: list[Cell], cells: list[Cell]) -> Iterator[Run]:
        shown += [NOTHING] * (x + len(cells) - len(shown))
        changed = [at for at, cell in enumerate(cells) if shown[x + at] != cell]
        shown[x : x + len(cells)] = cells
        for first, last in _runs(changed):
            while first > 0 and not cells[first][0]:
                first -= 1
            while last + 1 < len(cells) and not cells[last + 1][0]:
                last += 1
            yield x + first, y, cells[first : last + 1]


def _runs(changed: list[int]) -> Iterator[tuple[int, int]]:
    """First and last of the places that lie near each other."""
    first = last = -1
    for at in changed:
        if first >= 0 and at - last > GAP:
            yield first, last
            first = -1
        first, last = (at if first < 0 else first), at
    if first >= 0:
        yield first, last


def _cells(strip: Strip) -> list[Cell]:
    """One for each column; the second column of a wide character is empty."""
    cells: list[Cell] = []
    for text, style, control in strip:
        if control:
            continue
        if text.isascii():
            cells += [(char, style) for char in text]
            continue
        for char in text:
            width = get_character_cell_size(char)
            if width == 0 and cells:  # it joins the one before
                cells[-1] = (cells[-1][0] + char, cells[-1][1])
            elif width:
                cells += [(char, style), ("", style)][:width]
    return cells


def _style_of(cell: Cell) -> Style | None:
    return cell[1]
