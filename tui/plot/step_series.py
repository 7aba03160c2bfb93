"""Series over the training steps of checkpoints, made of those over the layers of each."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from probing.spec import step_of, trajectory_of
from tui.plot.axis import Axis, placed_axis
from tui.plot.series import PARTS, Key, Point, Series

SPREAD = 30  # where the steps differ by more, the axis is logarithmic
PER_DECADE = 1000
MODEL = PARTS.index("model")

Place = Callable[[int], int]


@dataclass(frozen=True)
class Along:
    """The x axis of training steps, of scores at `layer` (None: of poolers that reduce several)."""

    steps: tuple[int, ...]
    layer: int | None

    @property
    def title(self) -> str:
        """What follows the name of the metric."""
        at = "" if self.layer is None else f", layer {self.layer}"
        return f"by training step{at}"

    def axis(self, width: int) -> Axis:
        """The axis with its ticks."""
        return placed_axis(self.steps, placing(self.steps), width)

    def told(self, place: int) -> str:
        """The step that stands at a place."""
        at = placing(self.steps)
        return next((f"step {step:,}" for step in self.steps if at(step) == place), "")


def placing(steps: Sequence[int]) -> Place:
    """Where rising steps stand on the axis: in proportion, or by their logarithm where they
    spread."""
    positive = [step for step in steps if step > 0]
    if positive and positive[-1] > SPREAD * positive[0]:
        return partial(_logarithm, positive[0])
    return int


def _logarithm(first: int, step: int) -> int:
    """A decade has a fixed width; step 0 stands half a decade before the first."""
    return round(PER_DECADE * (math.log10(step / first) if step else -0.5))


def over_steps(
    drawn: Sequence[Series], every: Sequence[Series], layer: int | None
) -> tuple[list[Series], Along] | None:
    """The series `drawn`, each at `layer` over the checkpoints that differ from its own in their
    step alone; None where there are no such. Levels that are for every model stay as they are.
    """
    found: dict[Key, dict[int, Point]] = {}
    for one in every:
        step = step_of(one.key[MODEL])
        point = one.flat or (one.at(layer) if layer is not None else None)
        if step is not None and point is not None:
            found.setdefault(_trajectory(one.key), {})[step] = point
    own = dict.fromkeys(_trajectory(one.key) for one in drawn)
    kept = {key: found[key] for key in own if len(found.get(key, ())) > 1}
    if not kept:
        return None
    steps = tuple(sorted({step for points in kept.values() for step in points}))
    return [_over(one, kept, placing(steps)) for one in _once(drawn, kept)], Along(steps, layer)


def _trajectory(key: Key) -> Key:
    return (*key[:MODEL], trajectory_of(key[MODEL]), *key[MODEL + 1 :])


def _once(drawn: Sequence[Series], kept: dict[Key, dict[int, Point]]) -> list[Series]:
    """One of the series of each trajectory, and the levels."""
    first = {_trajectory(one.key): one for one in reversed(drawn)}
    return [
        one
        for one in drawn
        if one is first[_trajectory(one.key)]
        and (_trajectory(one.key) in kept or not one.key[MODEL])
    ]


def _over(one: Series, kept: dict[Key, dict[int, Point]], place: Place) -> Series:
    key = _trajectory(one.key)
    if key not in kept:
        return one
    points = tuple(
        replace(point, layer=place(step), band_low=None, band_high=None, is_best=False)
        for step, point in sorted(kept[key].items())
    )
    return replace(one, key=key, points=points, is_joined=True)
