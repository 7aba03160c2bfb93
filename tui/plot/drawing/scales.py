"""Linear and logit scales of the y axis: where a value stands, and the ticks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from probing.metric_names import METRICS
from tui.plot.axis import Axis, fitted_axis, short

Scale = Literal["linear", "logit"]
SCALES: tuple[Scale, ...] = ("linear", "logit")
LEAST = 1e-3  # a share of 0 or 1 has no place on an axis of log odds
SHARES = (
    0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5,
    0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999,
)  # fmt: skip
WIDER = 0.15  # log odds beyond the values


@dataclass(frozen=True)
class Vertical:
    """A y axis in its own units, which `place` turns values into."""

    axis: Axis
    is_logit: bool = False

    def place(self, value: float) -> float:
        """Where a value stands in the units of the axis."""
        return logit(value) if self.is_logit else value

    def hides(self, value: float) -> int:
        """Whether a value lies below (-1) or above (1) the axis."""
        if not self.axis.hides(self.place(value)):
            return 0
        return -1 if self.place(value) < self.axis.low else 1


def can_be_logit(metric: str) -> bool:
    """Whether a metric is a share, from 0 to 1."""
    return metric in METRICS and (METRICS[metric].low, METRICS[metric].high) == (0.0, 1.0)


def vertical(
    metric: str, values: Sequence[float], height: int, scale: Scale, *, whole: bool
) -> Vertical:
    """The y axis that covers `values`; linear where the metric is no share."""
    if scale == "logit" and can_be_logit(metric) and values:
        return Vertical(logit_axis(values, height), is_logit=True)
    return Vertical(fitted_axis(metric, values, height, whole=whole))


def logit(share: float) -> float:
    """The log odds of a share; beyond those of `LEAST` where it is nearer to 0 or 1."""
    share = min(max(share, LEAST / 2), 1 - LEAST / 2)
    return math.log(share / (1 - share))


def share_of(odds: float) -> float:
    """The share that has these log odds."""
    return 1 / (1 + math.exp(-odds))


def logit_axis(values: Sequence[float], height: int) -> Axis:
    """An axis of log odds with round shares as ticks, no two of them on neighbouring lines."""
    least, most = logit(LEAST), logit(1 - LEAST)
    low = max(min(map(logit, values)) - WIDER, least)
    high = min(max(map(logit, values)) + WIDER, most)
    if high - low < 2 * WIDER:
        low, high = low - WIDER, high + WIDER
    gap = (high - low) * 3 / max(height, 3)
    ticks: list[float] = []
    for share in SHARES:
        at = logit(share)
        if low <= at <= high and (not ticks or at - logit(ticks[-1]) >= gap):
            ticks.append(share)
    labels = tuple(short(share, _digits(share)) for share in ticks)
    return Axis(low, high, tuple(map(logit, ticks)), labels)


def _digits(share: float) -> int:
    return len(f"{share:g}".partition(".")[2])
