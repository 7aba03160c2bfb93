"""The controls beside each probe, and the level of chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from probing.metric_names import METRICS
from probing.spec import is_of
from tui.plot.series import Key, Series, is_shared

APART = 0.005  # levels of the majority that differ by more are not one level


def controls_by_probe(series: Sequence[Series], probes: Sequence[Key]) -> dict[Key, list[Series]]:
    """By the key of each probe its controls among `series`, those of several probes too."""
    own: dict[Key, list[Series]] = {}
    shared = []
    for one in series:
        if is_shared(one.key):
            shared.append(one)
        elif one.control:
            own.setdefault(one.key[:-1], []).append(one)
    return {
        key: [
            *own.get(key[:-1], ()),
            *(one for one in shared if is_of(one.key[:-1], key[:-1])),
        ]
        for key in probes
    }


def chance_of(
    probes: Sequence[Series], beside: Mapping[Key, Sequence[Series]], metric: str
) -> float | None:
    """What guessing scores on the tasks of these probes; None where that is no single number.

    A constant where the metric has one, else what the majority control scores.
    """
    fixed = {METRICS[metric].chance_of(one.task) for one in probes}
    if len(fixed) == 1 and (level := next(iter(fixed))) is not None:
        return level
    values = [
        point.value
        for one in probes
        for control in beside.get(one.key, ())
        if control.control == "majority"
        for point in control.points
    ]
    if not values or max(values) - min(values) > APART:
        return None
    return sum(values) / len(values)
