"""What a prompt is read under: which vector is added to which layer, and how much of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from probing.interventions.directions import Direction, Numbers, random_units
from probing.interventions.requests import Steer

RANDOM = "random"


@dataclass(frozen=True)
class Condition:
    """One vector times `scale`, added at `layer`; `control` is empty for the probe's own.

    `draw` numbers the random directions.
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
        for draw in range(request.n_random):
            yield from (Condition(RANDOM, draw, layer, scale) for scale in scales)


def vectors_of(conditions: list[Condition], probe: Direction, seed: int) -> Numbers:
    """What each condition adds at its layer, `[n_conditions, width]`.

    Random directions have the length of the probe's own step, and are the same at every layer.
    """
    n_random = 1 + max((one.draw for one in conditions if one.control), default=-1)
    random = probe.spread * random_units(n_random, len(probe.weights), seed)
    own = [random[one.draw] if one.control else probe.step for one in conditions]
    vectors: Numbers = np.stack(own) * np.array([one.scale for one in conditions])[:, None]
    return vectors
