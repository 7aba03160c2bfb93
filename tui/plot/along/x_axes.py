"""What the curves run along instead of the layers: depth, position, training step, size, texts."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

from probing.spec import family_of, is_of, position_of, size_of, step_of, trajectory_of
from tui.plot.axis import Axis, placed_axis, short
from tui.plot.series import PARTS, Key, Point, Series, chosen, is_shared

SPREAD = 30  # where the values differ by more, the axis is logarithmic
PER_DECADE = 1000
PER_UNIT = 1000  # places between two whole numbers, of what is not whole
QUARTERS = {0.0: "0", 0.25: ".25", 0.5: ".50", 0.75: ".75", 1.0: "1"}
LAYER, DEPTH, TEXTS = "layer", "depth", "n_train"
MODEL = PARTS.index("model")

Place = Callable[[int], int]


class _Named(NamedTuple):
    """The part of a key that tells a number, how it does, and the name that all of them share."""

    part: int
    number: Callable[[str], float | None]
    family: Callable[[str], str]


def _family_of_position(pooler: str) -> str:
    number = position_of(pooler)
    return pooler if number is None else pooler.replace(f"={number:g}", "=*", 1)


NAMED: Mapping[str, _Named] = {
    "position": _Named(PARTS.index("pooler"), position_of, _family_of_position),
    "step": _Named(MODEL, step_of, trajectory_of),
    "size": _Named(PARTS.index("classifier"), size_of, family_of),
}
NAMES = {
    LAYER: "layer",
    DEPTH: "relative depth",
    "position": "token position",
    "step": "training step",
    "size": "size of the probe",
    TEXTS: "training texts",
}
KINDS = tuple(NAMES)


@dataclass(frozen=True)
class Along:
    """An x axis: of what, and over which values; of scores at `layer`, where it is not all."""

    kind: str
    values: tuple[float, ...]
    layer: int | None = None

    @property
    def name(self) -> str:
        """What the axis shows."""
        return NAMES[self.kind]

    @property
    def title(self) -> str:
        """What follows the name of the metric."""
        at = "" if self.layer is None else f", layer {self.layer}"
        return f"by {self.name}{at}"

    def place(self, value: float) -> int:
        """Where a value stands."""
        if self.kind in (DEPTH, "position"):
            return round(PER_UNIT * value)
        if self.kind == TEXTS:
            return round(PER_DECADE * math.log10(max(value, 1)))
        return placing([int(one) for one in self.values])(int(value))

    def axis(self, width: int) -> Axis:
        """The axis with its ticks."""
        if self.kind == DEPTH:
            margin = PER_UNIT * 0.03
            places = tuple(float(self.place(tick)) for tick in QUARTERS)
            return Axis(-margin, PER_UNIT + margin, places, tuple(QUARTERS.values()))
        whole = {self.place(value): self._label(value) for value in self.values}
        return placed_axis(sorted(whole), int, width, whole)

    def told(self, place: int) -> str:
        """The value that stands at a place, in words."""
        if self.kind == DEPTH:
            return f"depth {short(place / PER_UNIT)}"
        value = next((one for one in self.values if self.place(one) == place), None)
        words = {"position": "position {}", "step": "step {}", "size": "size {}"}
        return "" if value is None else words.get(self.kind, "{} texts").format(self._label(value))

    def _label(self, value: float) -> str:
        return f"{value:,.0f}" if value == int(value) else short(value)


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


def kinds_of(drawn: Sequence[Series], every: Sequence[Series]) -> list[str]:
    """The x axes that these series have, by layer first."""
    kinds = [LAYER, DEPTH] if any(one.xs for one in drawn) else [LAYER]
    for kind, named in NAMED.items():
        own = {family_key(one.key, named) for one in drawn if not one.control}
        values: dict[Key, set[float]] = {}
        for one in every:
            number = named.number(one.key[named.part])
            if number is not None and (key := family_key(one.key, named)) in own:
                values.setdefault(key, set()).add(number)
        if any(len(found) > 1 for found in values.values()):
            kinds.append(kind)
    return kinds


def middle_layer(series: Sequence[Series], kind: str) -> int | None:
    """The middle of the layers of those series that the axis is of; nothing is chosen by score."""
    named = NAMED.get(kind)
    own = [one for one in series if named is None or named.number(one.key[named.part]) is not None]
    layers = sorted({layer for one in own for layer in one.xs})
    return layers[len(layers) // 2] if layers else None


def over(
    kind: str, drawn: Sequence[Series], every: Sequence[Series], layer: int | None
) -> tuple[list[Series], Along] | None:
    """The series `drawn` along another axis, made of `every` series; None where there is none.

    Along the depth they keep their points; along what a name tells, each is at `layer` over the
    series that differ from its own in that number alone. Levels stay as they are.
    """
    if kind == DEPTH:
        return _over_depth(drawn, every)
    if kind in NAMED:
        return _over_named(kind, drawn, every, layer)
    return None


def _over_depth(
    drawn: Sequence[Series], every: Sequence[Series]
) -> tuple[list[Series], Along] | None:
    deepest: dict[str, int] = {}
    for one in [*every, *drawn]:
        model = one.key[MODEL]
        deepest[model] = max([deepest.get(model, 0), *one.xs])
    if not any(one.xs for one in drawn):
        return None
    return [_at_depth(one, deepest[one.key[MODEL]]) for one in drawn], Along(DEPTH, ())


def _at_depth(one: Series, deepest: int) -> Series:
    points = tuple(
        point
        if point.layer is None
        else replace(point, layer=round(PER_UNIT * point.layer / max(deepest, 1)))
        for point in one.points
    )
    return replace(one, points=points)


def _over_named(
    kind: str, drawn: Sequence[Series], every: Sequence[Series], layer: int | None
) -> tuple[list[Series], Along] | None:
    named = NAMED[kind]
    found: dict[Key, dict[float, Point]] = {}
    for one in every:
        number = named.number(one.key[named.part])
        point = one.flat or (one.at(layer) if layer is not None else None)
        if number is not None and point is not None:
            found.setdefault(family_key(one.key, named), {})[number] = point
    own = dict.fromkeys(family_key(one.key, named) for one in drawn)
    kept = {key: found[key] for key in own if len(found.get(key, ())) > 1}
    if not kept:
        return None
    values = tuple(sorted({number for points in kept.values() for number in points}))
    along = Along(kind, values, layer)
    placed = [_over(one, named, kept, along) for one in _once(drawn, named, kept)]
    return chosen(placed, [one.key for one in placed]), along


def family_key(key: Key, named: _Named) -> Key:
    """A key with the number that one of its parts tells left open."""
    return (*key[: named.part], named.family(key[named.part]), *key[named.part + 1 :])


def _once(drawn: Sequence[Series], named: _Named, kept: Mapping[Key, object]) -> list[Series]:
    """One of the series of each family, and the levels that are beside any of them."""
    first = {family_key(one.key, named): one for one in reversed(drawn)}
    return [
        one
        for one in drawn
        if (is_shared(one.key) and any(is_of(one.key[:-1], key[:-1]) for key in kept))
        or (one is first[family_key(one.key, named)] and family_key(one.key, named) in kept)
    ]


def _over(
    one: Series, named: _Named, kept: Mapping[Key, Mapping[float, Point]], along: Along
) -> Series:
    key = family_key(one.key, named)
    if key not in kept:
        return one
    points = tuple(
        replace(point, layer=along.place(number), band_low=None, band_high=None, is_best=False)
        for number, point in sorted(kept[key].items())
    )
    return replace(one, key=key, points=points, is_joined=True)
