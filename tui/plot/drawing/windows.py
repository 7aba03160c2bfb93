"""A part of the x axis, larger: which places it holds, and the series cut to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tui.plot.axis import Axis
from tui.plot.series import Series

Window = tuple[int, int]
FEWEST = 3  # places of the closest look


def zoomed(
    places: Sequence[int], window: Window | None, cursor: int | None, closer: bool
) -> Window | None:
    """Half the places that are shown, around the cursor, or twice as many; None for all of them."""
    shown = [at for at in places if window is None or window[0] <= at <= window[1]]
    wanted = max(len(shown) // 2, FEWEST) if closer else 2 * len(shown)
    if wanted >= len(places) or not shown:
        return None
    middle = cursor if cursor in shown else shown[len(shown) // 2]
    start = places.index(middle) - wanted // 2
    start = min(max(start, 0), len(places) - wanted)
    return places[start], places[start + wanted - 1]


def following(places: Sequence[int], window: Window | None, cursor: int) -> Window | None:
    """The window moved so that the cursor is in it."""
    if window is None or window[0] <= cursor <= window[1] or cursor not in places:
        return window
    known = [at for at in places if window[0] <= at <= window[1]]
    start = places.index(cursor) - (0 if cursor < window[0] else len(known) - 1)
    start = min(max(start, 0), len(places) - len(known))
    return places[start], places[start + len(known) - 1]


def cut(series: Sequence[Series], window: Window | None) -> tuple[Series, ...]:
    """The series with the points of the window alone; levels stay."""
    if window is None:
        return tuple(series)
    low, high = window
    return tuple(
        replace(
            one,
            points=tuple(p for p in one.points if p.layer is None or low <= p.layer <= high),
        )
        for one in series
    )


def cut_axis(axis: Axis, window: Window | None) -> Axis:
    """The part of an axis that the window shows, with a margin."""
    if window is None:
        return axis
    margin = max((window[1] - window[0]) * 0.05, 0.5)
    low, high = window[0] - margin, window[1] + margin
    named = zip(axis.ticks, axis.labels, strict=True)
    kept = [one for one in named if low <= one[0] <= high]
    return Axis(low, high, tuple(tick for tick, _ in kept), tuple(label for _, label in kept))
