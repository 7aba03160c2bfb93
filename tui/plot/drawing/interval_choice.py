"""Which intervals are drawn, and how, so that none hides another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tui.plot.axis import Axis
from tui.plot.drawing.canvas import Canvas
from tui.plot.drawing.curve_drawing import Drawing, overlap
from tui.plot.drawing.dodging import dodged, with_intervals
from tui.plot.drawing.fitting import Interval
from tui.plot.drawing.scales import Vertical
from tui.plot.series import Key, Series, is_shared
from tui.texts.names import shortened

LONGEST = 20  # columns of a label


@dataclass(frozen=True)
class Intervals:
    """The series with whiskers, those with a band and of what, and how far each stands aside.

    `whose` says in words that the others have none.
    """

    whiskered: frozenset[Key] = frozenset()
    banded: Mapping[Key, Interval] = field(default_factory=dict)
    asides: Mapping[Key, int] = field(default_factory=dict)
    whose: str = ""


def intervals_of(
    series: Sequence[Series], interval: Interval, x: Axis, y: Vertical, size: tuple[int, int]
) -> Intervals:
    """Whiskers side by side where there is room, else a shade for the first series alone.

    Of bands, those that hide none of the series before them.
    """
    if interval == "none":
        return Intervals()
    flats = frozenset(one.key for one in series if one.flat is not None and not is_shared(one.key))
    owners = [one for one in with_intervals(series, interval) if _is_seen(one, y)]
    if interval == "band":
        return _bands(owners, flats, Drawing(Canvas(*size), x, y))
    steps = [one.step for one in owners if len(one.xs) > 1]
    per_step = min(steps, default=x.high - x.low) / (x.high - x.low) * size[0]
    asides = dodged(owners, per_step)
    if asides is not None:
        return Intervals(flats.union(one.key for one in owners), asides=asides)
    first = owners[0]
    return Intervals(flats, {first.key: "whiskers"}, whose=_whose(first))


def _is_seen(one: Series, y: Vertical) -> bool:
    """Whether any of its points is on the axis."""
    return any(not y.hides(point.value) for point in one.points)


def _bands(owners: Sequence[Series], flats: frozenset[Key], drawing: Drawing) -> Intervals:
    alone = frozenset(one.key for one in owners if len(one.xs) == 1)
    kept: dict[Key, Interval] = {}
    taken: list[Sequence[tuple[int, int, int]]] = []
    for one in owners:
        cells = drawing.band_cells(one, "band")
        if cells and (not taken or not overlap([*taken, cells])):
            kept[one.key] = "band"
            taken.append(cells)
    is_all = len(kept) + len(alone) >= len(owners)
    return Intervals(flats | alone, kept, whose="" if is_all else _whose(owners[0], len(kept)))


def _whose(first: Series, n: int = 1) -> str:
    return f"of {shortened(first.label, LONGEST)}" if n == 1 else f"of {n} series"
