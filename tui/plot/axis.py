"""The axes of a layer-wise plot: honest limits and round ticks."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from probing.metric_names import METRICS

LOWEST = -1.0
LEAST = 1e-9
NARROWEST = 0.04  # what an axis shows at least: noise should not look like a curve


@dataclass(frozen=True)
class Axis:
    """Limits and the ticks between them, with their labels."""

    low: float
    high: float
    ticks: tuple[float, ...]
    labels: tuple[str, ...]

    def clip(self, value: float) -> float:
        """`value`, moved to the nearer limit if it is outside."""
        return min(max(value, self.low), self.high)

    def hides(self, value: float) -> bool:
        """Whether `value` lies outside the limits."""
        return not self.low - 1e-9 <= value <= self.high + 1e-9


def metric_axis(metric: str, values: Sequence[float], height: int) -> Axis:
    """The y axis of a metric: `values` hold means, interval ends and chance.

    A share reaches to 1 and down to the lowest value; an error starts at 0; what may fall
    without bound, such as R², is cut at -1, and what may rise without bound ends with the values.
    """
    bounds = METRICS[metric]
    top = bounds.high if math.isfinite(bounds.high) else max([*values, 0.0])
    if not bounds.higher_is_better:
        low, high = 0.0, min(max([*values, 0.0]), bounds.high)
    elif bounds.low < 0:
        low, high = max(min([*values, 0.0]), LOWEST), top
    else:
        low, high = max(min([*values, 0.5]), 0.0), top
    return _rounded(low, high or 1.0, most=max(height // 3, 2))


def fitted_axis(metric: str, values: Sequence[float], height: int, *, whole: bool) -> Axis:
    """The y axis of a metric that covers `values`; from the bound on where it is `whole`."""
    if whole or not values:
        return metric_axis(metric, values, height)
    bounds = METRICS[metric]
    least = max(bounds.low, LOWEST)
    low, high = (min(max(end, least), bounds.high) for end in (min(values), max(values)))
    if high - low < NARROWEST * max(abs(high), 1.0):
        middle = (low + high) / 2
        low, high = middle - NARROWEST / 2, middle + NARROWEST / 2
    axis = _rounded(low, high, most=max(height // 3, 2))
    ends = max(axis.low, least), min(axis.high, bounds.high)
    named = zip(axis.ticks, axis.labels, strict=True)
    kept = [one for one in named if ends[0] - LEAST <= one[0] <= ends[1] + LEAST]
    return Axis(*ends, tuple(tick for tick, _ in kept), tuple(label for _, label in kept))


def difference_axis(values: Sequence[float], height: int) -> Axis:
    """The y axis of differences: always over 0."""
    low, high = min([*values, -0.01]), max([*values, 0.01])
    return _rounded(low, high, most=max(height // 3, 2))


def value_axis(values: Sequence[float], height: int) -> Axis:
    """The y axis of what has no bound: from the lowest to the highest of the finite values."""
    finite = [value for value in values if math.isfinite(value)]
    return _rounded(min(finite, default=0.0), max(finite, default=1.0), most=max(height // 3, 2))


def _rounded(low: float, high: float, most: int) -> Axis:
    """Limits moved out to half a power of ten, with at most `most` steps between ticks."""
    high = max(high, low + LEAST)
    power = 10.0 ** math.floor(math.log10(high - low))
    grid = power / 2
    low = math.floor(low / grid + 1e-9) * grid
    high = math.ceil(high / grid - 1e-9) * grid
    steps = [power * part for part in (0.5, 1, 2, 5, 10)]
    step = next((one for one in steps if (high - low) / one <= most + 1e-6), steps[-1])
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    ticks = tuple(step * at for at in range(first, last + 1))
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    return Axis(low, high, ticks, tuple(short(tick, digits) for tick in ticks))


def layer_axis(layers: Sequence[int], width: int) -> Axis:
    """The x axis over these layers: whole numbers, as many as fit into `width` columns."""
    low, high = (min(layers), max(layers)) if layers else (0, 1)
    most = max(width // (len(str(high)) + 3), 2)
    span = max(high - low, 1)
    step = next(one for one in _whole_steps() if span / one <= most)
    ticks = tuple(float(at) for at in range(low, high + 1) if at % step == 0) or (float(low),)
    return Axis(low - 0.5, high + 0.5, ticks, tuple(f"{tick:.0f}" for tick in ticks))


def placed_axis(
    values: Sequence[int],
    place: Callable[[int], int],
    width: int,
    names: Mapping[int, str] | None = None,
) -> Axis:
    """The x axis of rising `values`, each where `place` puts it: a tick at every one, but where
    its label, or its name, would touch the one before."""
    low, high = place(values[0]), place(values[-1])
    margin = max((high - low) * 0.05, 1.0)
    per_column = (high - low + 2 * margin) / max(width - 8, 1)
    ticks, labels = list[float](), list[str]()
    for n in values:
        label = names[n] if names else f"{n:,}"
        if not ticks or (place(n) - ticks[-1]) / per_column > len(label) + 2:
            ticks.append(float(place(n)))
            labels.append(label)
    return Axis(low - margin, high + margin, tuple(ticks), tuple(labels))


def _whole_steps() -> list[int]:
    return [part * 10**power for power in range(6) for part in (1, 2, 5)]


def short(value: float, digits: int = 2) -> str:
    """A number as plots write it: `.91`, `1.00`, `-.05`."""
    text = f"{value:.{digits}f}"
    if float(text) == 0:
        text = text.lstrip("-")
    return text.replace("0.", ".", 1) if text.lstrip("-").startswith("0.") else text
