"""Draw what lies between 0 and 1 on both axes: ROC curves and reliability."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from tui.plot import charset
from tui.plot.axis import Axis, short
from tui.plot.decisions.plane import Plane, too_small
from tui.plot.marks import colour_of, grey

ACROSS = 3.0  # columns to a line at most: no more than half as wide again as a square


def share_axis(most: int, low: float = 0.0) -> Axis:
    """An axis from `low` to 1 with at most so many steps."""
    steps = (0.1, 0.2, 0.25, 0.5, 1.0)
    step = next((one for one in steps if (1 - low) / one <= most), 1.0)
    n = round(1 / step)
    ticks = tuple(at * step for at in range(n + 1) if at * step >= low - 1e-9)
    digits = 2 if step == 0.25 else 1
    return Axis(low, 1.0, ticks, tuple(short(tick, digits) for tick in ticks))


def _plane(width: int, height: int, low: float = 0.0) -> Plane:
    wide = min(width, round((height - 2) * ACROSS) + 4)
    axes = share_axis(max(wide // 8, 2), low), share_axis(max(height // 3, 2), low)
    return Plane(*axes, wide, height, ascii=charset.is_ascii())


def draw_roc(
    rates: Sequence[float],
    recalls: Sequence[float],
    lowest: Sequence[float],
    highest: Sequence[float],
    width: int,
    height: int,
) -> Text:
    """Recall by false-positive rate: the mean of the folds, between the lowest and the highest."""
    small = too_small(width, height)
    if small is not None:
        return small
    plane = _plane(width, height)
    shade = ":" if plane.ascii else "░"
    for column in range(plane.columns):
        ends = _at_column(rates, (column + 0.5) / plane.columns)
        low, high = min(lowest[at] for at in ends), max(highest[at] for at in ends)
        plane.upright((column + 0.5) / plane.columns, low, high, shade, grey())
    _diagonal(plane)
    plane.line(rates, recalls, "*", colour_of(0))
    return plane.text()


def draw_rocs(
    curves: Sequence[tuple[Sequence[float], Sequence[float]]],
    letters: str,
    width: int,
    height: int,
) -> Text:
    """Recall by false-positive rate, a line with its letter for each of several curves."""
    small = too_small(width, height)
    if small is not None:
        return small
    plane = _plane(width, height)
    _diagonal(plane)
    for at, (rates, recalls) in enumerate(curves):
        plane.line(rates, recalls, letters[at], colour_of(at))
    for at, (rates, recalls) in enumerate(curves):
        place = _along(rates, recalls, (at + 0.5) / len(curves))
        plane.point(rates[place], recalls[place], letters[at], colour_of(at))
    return plane.text()


def _along(rates: Sequence[float], recalls: Sequence[float], share: float) -> int:
    """The place of the point that lies at a share of the way from the foot to the head."""
    way = (rates[-1] + recalls[-1]) * share
    at = next((at for at in range(len(rates)) if rates[at] + recalls[at] >= way), len(rates) - 1)
    return at


def _at_column(rates: Sequence[float], value: float) -> tuple[int, int]:
    """The places of the points to either side of a rate."""
    from bisect import bisect_left

    at = min(max(bisect_left(rates, value), 1), len(rates) - 1)
    return at - 1, at


def _diagonal(plane: Plane) -> None:
    mark = "." if plane.ascii else "·"
    for column in range(plane.columns):
        value = plane.x.low + (column + 0.5) / plane.columns * (plane.x.high - plane.x.low)
        plane.point(value, value, mark, grey())


def draw_reliability(
    confidence: Sequence[float],
    accuracy: Sequence[float],
    bounds: Sequence[tuple[float, float]],
    low: float,
    width: int,
    height: int,
) -> Text:
    """The share of right decisions by confidence, with intervals; on the diagonal it is as told."""
    small = too_small(width, height)
    if small is not None:
        return small
    plane = _plane(width, height, low)
    _diagonal(plane)
    bar, mark = ("|", "o") if plane.ascii else ("│", "●")
    for x, (foot, top) in zip(confidence, bounds, strict=True):
        plane.upright(x, foot, top, bar, colour_of(0))
    for x, y in zip(confidence, accuracy, strict=True):
        plane.point(plane.x.clip(x), plane.y.clip(y), mark, colour_of(0))
    return plane.text()
