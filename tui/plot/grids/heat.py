"""What a heatmap shows, and how its cells are written at three widths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rich.cells import cell_len, set_cell_size

from tui.texts.sanitiser import clean

STEPS = 5  # of colour on each side
WIDE, MIDDLE, NARROW = "wide", "middle", "narrow"
WIDTHS = (NARROW, MIDDLE, WIDE)
_NUMBER, _WIDEST = 6, 10  # columns of a number with its sign, and of the widest name
_LEAST = 4  # columns of a cell of middle width, with the gap before it
_MARKS = (("·", 0.2), ("+", 0.6), ("++", 9.0))  # of a shade up to so much


@dataclass(frozen=True)
class Heat:
    """Numbers `[n_rows][n_columns]`, from the top row down.

    `shades` tell how cells are coloured, from -1 to 1. `apart` columns at the left stand apart
    from the others, and stay in sight. Numbers have so many `digits` behind the point.
    """

    columns: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    values: tuple[tuple[float | None, ...], ...] = ()
    shades: tuple[tuple[float, ...], ...] = ()
    digits: int = 1
    apart: int = 0

    def widths(self, how: str, room: int) -> list[int]:
        """The columns of each cell with the gap before it, in so much `room`."""
        n = max(len(self.columns), 1)
        if how == NARROW:
            return [min(max(room // n, 2), _LEAST - 1)] * len(self.columns)
        if how == MIDDLE:
            return [min(max(room // n, _LEAST), _NUMBER + 1)] * len(self.columns)
        shown = [cell_len(shown_token(one)) for one in self.columns]
        return [min(max(_NUMBER, width), _WIDEST) + 1 for width in shown]

    def fits(self, how: str, room: int) -> bool:
        """Whether all columns have room."""
        return sum(self.widths(how, room)) <= room

    def name(self, at: int, how: str, width: int) -> str:
        """The name of a column in its cell; in narrow ones the first letters, or nothing."""
        if how == NARROW:
            return " " * width
        text = shown_token(self.columns[at])
        text = text if how == WIDE else text.lstrip("·") or "·"
        if cell_len(text) >= width:
            # of very short names the mark of the cut would be half
            cut = "…" if width > _NUMBER else ""
            text = set_cell_size(text, width - 1 - len(cut)) + cut
        return " " * (width - cell_len(text)) + text

    def cell(self, row: int, at: int, how: str, width: int) -> str:
        """A cell as text, which tells as much without colour."""
        value = self.values[row][at]
        if value is None:
            return " " * width
        if how == NARROW:
            return mark_of(self.shades[row][at]).ljust(width)
        is_tiny = how == MIDDLE and width <= _NUMBER
        told = tiny_number(value) if is_tiny else short_number(value, self.digits)
        return f"{told:>{width}}"

    def step(self, row: int, at: int) -> int:
        """The colour of a cell, from `-STEPS` to `STEPS`."""
        if self.values[row][at] is None:
            return 0
        return round(max(-1.0, min(1.0, self.shades[row][at])) * STEPS)


def mark_of(shade: float) -> str:
    """A shade as signs: `++`, `+`, `·`, `-` or `--`."""
    mark = next(mark for mark, most in _MARKS if abs(shade) < most)
    return mark.replace("+", "-") if shade < 0 else mark


@lru_cache(maxsize=4096)
def shown_token(name: str) -> str:
    """A token with its spaces and line ends made visible."""
    return clean(name.replace(" ", "·").replace("\n", "⏎")) or "·"


def short_number(value: float, digits: int) -> str:
    """A number with its sign in six columns."""
    if abs(value) < 1000:
        return f"{value:+.{digits}f}"
    if abs(value) < 99_999:
        return f"{value:+.0f}"
    return f"{value:+.0e}".replace("e+0", "e").replace("e+", "e")


def tiny_number(value: float) -> str:
    """A number with its sign in three columns: `+.3`, `-12`, `+4h` for 400, `+7k`, `+>k`."""
    size, sign = abs(value), "-" if value < 0 else "+"
    if size < 0.95:
        return f"{sign}{size:.1f}".replace("0.", ".")
    if size < 99.5:
        return f"{sign}{size:.0f}"
    if size < 950:
        return f"{sign}{size / 100:.0f}h"
    return f"{sign}{size / 1000:.0f}k" if size < 9500 else f"{sign}>k"


def scale_of(far: Sequence[Sequence[float | None]], share: float = 0.95) -> float:
    """Up to where a share of the sizes lies: few extremes do not make all others pale."""
    sizes = sorted(abs(one) for row in far for one in row if one is not None)
    return (sizes[min(int(share * len(sizes)), len(sizes) - 1)] if sizes else 0.0) or 1.0
