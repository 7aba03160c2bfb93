"""The widths of the columns of a table: as wide as their texts, cut if there is no room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from rich.cells import cell_len, set_cell_size

LOOKED_AT = 2000
# columns of these ranks only stand where the names beside them are read
EXTRA_RANK, READABLE = 4, 10


@dataclass(frozen=True)
class Column:
    """A column: its title, its least width, and whether it is aligned right.

    With `middle` a text that is too wide loses its middle, since its end tells as much. A number,
    which stands at the right, is never cut. Where there is no room for all, the columns of the
    highest `rank` go first; 0 stays.
    """

    title: str
    least: int = 6
    right: bool = False
    middle: bool = False
    rank: int = 0

    def narrowest(self, natural: int) -> int:
        """How narrow it may become, where its texts take `natural` columns."""
        return natural if self.right else min(natural, self.least)


class HasCells(Protocol):
    """A row of texts."""

    @property
    def cells(self) -> tuple[str, ...]:
        """One text per column."""


def fitted_widths(
    columns: Sequence[Column], rows: Sequence[HasCells], room: int, gap: int
) -> list[int]:
    """Width of every column in `room`, 0 where it is left out; the widest gives way first."""
    natural = [
        max([cell_len(column.title), *(cell_len(row.cells[at]) for row in rows[:LOOKED_AT])])
        for at, column in enumerate(columns)
    ]
    kept = _kept(columns, natural, room, gap)
    widths = [width if at in kept else 0 for at, width in enumerate(natural)]
    excess = sum(widths) + gap * (len(kept) - 1) - room
    while excess > 0:
        spare = {at: widths[at] - columns[at].narrowest(natural[at]) for at in kept}
        widest = max(spare, key=lambda at: spare[at], default=-1)
        if widest < 0 or spare[widest] <= 0:
            break
        widths[widest] -= 1
        excess -= 1
    return _cut(widths, room, gap)


def _kept(columns: Sequence[Column], natural: Sequence[int], room: int, gap: int) -> list[int]:
    """The columns that find room, those of high ranks given up first."""
    kept = list(range(len(columns)))
    least = [column.narrowest(wide) for column, wide in zip(columns, natural, strict=True)]
    readable = [max(one, min(wide, READABLE)) for one, wide in zip(least, natural, strict=True)]
    for lowest, each in ((EXTRA_RANK, readable), (1, least)):
        while sum(each[at] + gap for at in kept) - gap > room:
            last = max((columns[at].rank for at in kept), default=0)
            if last < lowest:
                break
            kept.remove(max(at for at in kept if columns[at].rank == last))
    return kept


def _cut(widths: Sequence[int], room: int, gap: int) -> list[int]:
    """Widths with 0 for the last columns that find no room."""
    kept, used = [], 0
    for width in widths:
        fits = used + width <= room
        kept.append(width if fits else 0)
        used = used + (width + gap if width else 0) if fits else room + 1
    return kept


def titled(column: Column, width: int) -> str:
    """The title of a column in exactly `width` columns, cut at its end."""
    return sized(column.title, width, replace(column, middle=False))


def sized(text: str, width: int, column: Column) -> str:
    """`text` in exactly `width` columns."""
    length = cell_len(text)
    if length <= width:
        return " " * (width - length) + text if column.right else text + " " * (width - length)
    if not column.middle or width < 5:
        return set_cell_size(text, width - 1) + "…"
    tail = _last_cells(text, (width - 1) // 2)
    return set_cell_size(text, width - 1 - cell_len(tail)) + "…" + tail


def _last_cells(text: str, width: int) -> str:
    """The end of `text` that fits in `width` columns."""
    at = len(text)
    while at and cell_len(text[at - 1 :]) <= width:
        at -= 1
    return text[at:]
