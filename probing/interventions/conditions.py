"""What a prompt is read under: which vector is added to which layer, and how much of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from probing.interventions.directions import Direction, Numbers
from probing.interventions.requests import Steer

RANDOM, SHUFFLED = "random", "shuffled_labels"


@dataclass(frozen=True)
class Condition:
    """One vector times `scale`, added at `layer`; `control` is empty for the probe's own.

    `draw` numbers the directions of a control.
    """

    control: str
    draw: int
    layer: int
    scale: float


def conditions_of(request: Steer) -> list[Condition]:
    """The conditions of a request, the one without steering first."""
    own = request.layers[0]
    return [Condition("", 0, own, 0.0), *_steered(request)]


def _steered(request: Steer) -> Iterator[Condition]:
    scales = [scale for scale in dict.fromkeys(request.scales) if scale]
    for layer in request.layers:
        yield from (Condition("", 0, layer, scale) for scale in scales)
        for control, n in ((RANDOM, request.n_random), (SHUFFLED, request.n_shuffled)):
            for draw in range(n):
                yield from (Condition(control, draw, layer, scale) for scale in scales)


def vectors_of(
    conditions: Sequence[Condition], probe: Direction, units: Mapping[str, Numbers]
) -> Numbers:
    """What each condition adds at its layer, `[n_conditions, width]`.

    `units` are the unit vectors of each control, `[n_draws, width]`: they get the length of the
    probe's own step, and are the same at every layer.
    """
    own = [
        probe.spread * (units[one.control][one.draw] if one.control else probe.unit)
        for one in conditions
    ]
    vectors: Numbers = np.stack(own) * np.array([one.scale for one in conditions])[:, None]
    return vectors
