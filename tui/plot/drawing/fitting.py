"""What the y axis must cover: the task's series with their intervals, or the controls too."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from tui.plot.series import Point, Series

Fit = Literal["task", "all"]
Interval = Literal["whiskers", "band", "none"]
FITS: tuple[Fit, ...] = ("task", "all")
SHARE = 0.75  # of the height stays with the task where a control is taken in


def covered(
    series: Sequence[Series], chance: float | None, interval: Interval, fit: Fit
) -> list[float]:
    """The values that the y axis covers: means, the ends of intervals that are drawn, levels.

    To fit the task, controls and chance are left out but where they take little of the height.
    """
    own = [one for one in series if not one.control]
    rest = [one for one in series if one.control]
    level = [] if chance is None else [chance]
    if fit == "all" or not own:
        return [*_told(series, interval), *level]
    told = _told(own, interval)
    for control in rest:
        told = _with(told, _told([control], interval))
    return _with(told, level)


def _with(told: Sequence[float], more: Sequence[float]) -> list[float]:
    """`told` with `more` where these widen it little."""
    if not told or not more:
        return [*told, *more]
    span = max(told) - min(told)
    wider = max([*told, *more]) - min([*told, *more])
    return [*told, *more] if span >= SHARE * wider else list(told)


def _told(series: Iterable[Series], interval: Interval) -> list[float]:
    told: list[float] = []
    for one in series:
        for point in one.points:
            ends = bounds_of(one, point, interval)
            told += [point.value, *(end for end in ends if end is not None)]
    return told


def bounds_of(one: Series, point: Point, interval: Interval) -> tuple[float | None, float | None]:
    """The ends that are drawn: the interval of a layer, or the band over all layers."""
    if interval == "none":
        return None, None
    return point.bounds(interval == "band" or one.is_reference)
