"""The strength that a probe of few directions takes: the one chosen with all directions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from probing.engine.classifiers.builtin.families.layer_by_layer import Layer, LayerwiseClassifier
from probing.engine.classifiers.builtin.families.outcomes import Outcome
from probing.engine.classifiers.builtin.families.training_parts import Training

Place = tuple[int, int]
Strength = tuple[float, tuple[str, ...]]  # and the flags on its choice


@dataclass(frozen=True)
class FullRank:
    """A classifier of all directions, and the strength of it called `name`, if it is given."""

    classifier: LayerwiseClassifier
    name: str
    given: float | None

    def strengths(self, layer: Layer, parts: Sequence[Training]) -> dict[Place, Strength]:
        """The strength of each training, which is also the one of its inner folds."""
        if self.given is not None:
            return {place(part): (self.given, ()) for part in parts}
        outer = [one for one in parts if one.inner_at is None]
        if layer.memo is None:
            return self._chosen(layer, outer)
        name = "full rank", self.name, layer.name, layer.scaled, hash(tuple(map(_told, outer)))
        chosen = partial(self._chosen, layer, outer)  # every rank asks for the same
        return layer.memo.get(name, chosen, lambda found: 200 * len(found))

    def _chosen(self, layer: Layer, parts: Sequence[Training]) -> dict[Place, Strength]:
        plain = replace(layer, holds_out=False, directs=False)
        found = {}
        for batch in self.classifier.fit_layer(plain, parts):
            for one in batch:
                if isinstance(one, Outcome):
                    edge = tuple(flag for flag in one.flags if "edge" in flag)
                    found[place(one.training)] = one.chosen[self.name], edge
        return found


def place(part: Training) -> Place:
    """What tells the trainings of a block apart."""
    return part.labelling_at, part.fold


def _told(part: Training) -> tuple[object, ...]:
    beside = b"" if part.beside is None else part.beside.tobytes()
    return part.seed, part.train.tobytes(), part.targets.tobytes(), beside
