"""How wide the columns of a table are: as wide as their texts, less where there is no room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from rich.cells import cell_len

LOOKED_AT = 2000


@dataclass(frozen=True)
class Column:
    """A column: its title, the least width it is shown with, whether numbers stand right."""

    title: str
    least: int = 6
    right: bool = False


class HasCells(Protocol):
    """A row of texts."""

    @property
    def cells(self) -> tuple[str, ...]:
        """One text per column."""


def fitted_widths(
    columns: Sequence[Column], rows: Sequence[HasCells], room: int, gap: int
) -> list[int]:
    """Width of every column in `room`: the widest gives way first, the last vanish (0) at last."""
    widths = [
        max([cell_len(column.title), *(cell_len(row.cells[at]) for row in rows[:LOOKED_AT])])
        for at, column in enumerate(columns)
    ]
    excess = sum(width + gap for width in widths) - gap - room
    while excess > 0:
        widest = max(range(len(widths)), key=lambda at: widths[at] - columns[at].least, default=-1)
        if widest < 0 or widths[widest] <= columns[widest].least:
            break
        widths[widest] -= 1
        excess -= 1
    return _cut(widths, room, gap)


def _cut(widths: Sequence[int], room: int, gap: int) -> list[int]:
    """Widths with 0 for the last columns that find no room."""
    kept, used = [], 0
    for width in widths:
        fits = used + width <= room
        kept.append(width if fits else 0)
        used = used + width + gap if fits else room + 1
    return kept
