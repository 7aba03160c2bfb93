"""Intervals side by side: where series that share a layer stand beside each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tui.plot.drawing.fitting import Interval, bounds_of
from tui.plot.series import Key, Series, is_shared

WIDEST = 2  # columns between neighbours, where there is room


def with_intervals(series: Sequence[Series], interval: Interval) -> list[Series]:
    """The series that have intervals over the layers; levels have theirs at the ends."""
    return [
        one
        for one in series
        if one.xs
        and not is_shared(one.key)
        and any(bounds_of(one, point, interval)[0] is not None for point in one.points)
    ]


def dodged(series: Sequence[Series], per_step: float) -> Mapping[Key, int] | None:
    """By how many columns each series stands aside; None where these have no room.

    `per_step` are the columns between two neighbouring places. One column stays empty between
    the last series of a place and the first of the next.
    """
    n = len(series)
    if n < 2:
        return {one.key: 0 for one in series}
    step = min(int((per_step - 2) / (n - 1)), WIDEST)
    if step < 1:
        return None
    first = -((n - 1) * step) // 2
    return {one.key: first + at * step for at, one in enumerate(series)}
