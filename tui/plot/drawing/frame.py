"""The frame of a plot: the y axis with its labels at the left, the x axis below."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tui.plot.axis import Axis

FULL = {"tick": "┤", "side": "│", "corner": "└", "floor": "─", "down": "┬", "heavy": "━"}
PLAIN = {"tick": "|", "side": "|", "corner": "+", "floor": "-", "down": "+", "heavy": "="}


def framed(
    rows: Sequence[str],
    x: Axis,
    y: Axis,
    columns: int,
    *,
    ascii: bool,
    best: Sequence[tuple[float, float]] = (),
) -> list[str]:
    """The rows of a canvas of so many columns between its axes; `best` stretches of x are heavy."""
    marks = PLAIN if ascii else FULL
    margin = max(map(len, y.labels), default=0)
    height = len(rows)
    labels = [""] * height
    for tick, label in zip(y.ticks, y.labels, strict=True):
        at = int((y.high - tick) / (y.high - y.low) * (height - 1) + 0.5)
        labels[min(max(at, 0), height - 1)] = label
    lines = [
        f"{label:>{margin}}{marks['tick'] if label else marks['side']}{row}"
        for label, row in zip(labels, rows, strict=True)
    ]
    floor = [marks["floor"]] * columns

    def column(place: float) -> int:
        return min(max(int((place - x.low) / (x.high - x.low) * columns), 0), columns - 1)

    for tick in x.ticks:
        floor[column(tick)] = marks["down"]
    for start, end in best:
        for at in range(column(start), column(end) + 1):
            floor[at] = marks["heavy"]
    below = _labels(x, columns, column)
    return [*lines, " " * margin + marks["corner"] + "".join(floor), " " * (margin + 1) + below]


def _labels(x: Axis, columns: int, column: Callable[[float], int]) -> str:
    """The labels of the x axis, each below its tick; one that would touch another is left out."""
    line = [" "] * columns
    end = -2
    for tick, label in zip(x.ticks, x.labels, strict=True):
        start = column(tick) - (len(label) - 1) // 2
        start = min(max(start, 0), columns - len(label))
        if start > end + 1 and start >= 0:
            line[start : start + len(label)] = label
            end = start + len(label) - 1
    return "".join(line).rstrip()
