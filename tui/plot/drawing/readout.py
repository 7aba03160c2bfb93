"""What the cursor reads off: a line for each series, or several side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size

from tui.plot.axis import short
from tui.plot.legend import is_of_one_probe
from tui.plot.marks import Look, look_of
from tui.plot.series import OF_SEVERAL, Point, Series
from tui.texts.names import shortened

# columns of a label: shorter ones where there is little room
LABELS = (60, 44, 36, 30, 24, 18, 14, 8, 0)
LEAST_LABEL = 8
GAP = 3


@dataclass(frozen=True)
class Entry:
    """A series with what it has at the cursor."""

    look: Look
    label: str
    value: str
    n: str


def told(point: Point) -> str:
    """A value with its interval: `.91 [.87, .94]`."""
    return f"{short(point.value)} {interval_of(point)}".rstrip()


def interval_of(point: Point) -> str:
    """`[.87, .94]`, or nothing if the interval is unknown."""
    if point.low is None or point.high is None:
        return ""
    return f"[{short(point.low)}, {short(point.high)}]"


def common_n(series: Sequence[Series]) -> int | None:
    """The number of texts behind every point, where it is the same for all."""
    sizes = {point.n for one in series for point in one.points}
    return sizes.pop() if len(sizes) == 1 else None


def readout(
    series: Sequence[Series], cursor: int, width: int, most: int, *, ascii: bool
) -> list[str]:
    """The lines, `most` at most: as many entries side by side as it takes, then shorter labels.

    What has no room even so is counted.
    """
    entries = _entries(series, cursor, ascii)
    for longest in LABELS:
        lines = _lines(entries, width, longest)
        if len(lines) <= most and _own_width(entries, longest) <= width:
            return lines
    beside = _beside(entries, width, LEAST_LABEL)
    kept = entries[: max(most - 1, 0) * beside]
    more = f"+{len(entries) - len(kept)}: z shows more"
    return [*_lines(kept, width, LEAST_LABEL), more[:width]]


def _entries(series: Sequence[Series], cursor: int, ascii: bool) -> list[Entry]:
    alone, n = is_of_one_probe(series), common_n(series)
    found = []
    for one in sorted(series, key=lambda one: bool(one.control)):
        point = one.flat or one.at(cursor)
        label = one.label
        if one.control:
            is_plain = alone or one.index == OF_SEVERAL
            label = one.label_of_control if is_plain else f"{one.label_of_control}: {one.label}"
        size = f"n {point.n:,}" if point is not None and n is None and point.n else ""
        value = told(point) if point else "no value"
        found.append(Entry(look_of(one, ascii), label, value, size))
    return found


def _width(entries: Sequence[Entry], longest: int) -> tuple[int, int, int]:
    """The columns of labels, values and sizes."""
    labels = max((min(cell_len(one.label), longest) for one in entries), default=0)
    values = max((len(one.value) for one in entries), default=0)
    return labels, values, max((len(one.n) for one in entries), default=0)


def _beside(entries: Sequence[Entry], width: int, longest: int) -> int:
    """How many entries stand side by side."""
    return max((width + GAP) // (_own_width(entries, longest) + GAP), 1)


def _own_width(entries: Sequence[Entry], longest: int) -> int:
    """The columns of one entry."""
    labels, values, sizes = _width(entries, longest)
    return 2 + (labels + 1 if labels else 0) + values + (sizes + 1 if sizes else 0)


def _lines(entries: Sequence[Entry], width: int, longest: int) -> list[str]:
    """Entries in columns, one below another first."""
    beside, sizes = _beside(entries, width, longest), _width(entries, longest)
    n_rows = -(-len(entries) // beside)
    cells = [_entry(one, sizes) for one in entries]
    return [(" " * GAP).join(cells[row::n_rows]).rstrip() for row in range(n_rows)]


def _entry(one: Entry, sizes: tuple[int, int, int]) -> str:
    labels, values, of_n = sizes
    padded = f"{set_cell_size(shortened(one.label, labels), labels)} " if labels else ""
    mark = f"\x1b[38;5;{one.look.colour}m{one.look.point}\x1b[0m"
    size = f" {one.n:>{of_n}}" if of_n else ""
    return f"{mark} {padded}{one.value:<{values}}{size}"
