"""The parts of the training rows of the labellings of a dataset, each made once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from probing.engine.blocks import Block
from probing.engine.splits import Labelling, Part, nested_parts

WITHOUT = "shuffled_labels"  # its curve is chance at every size, by many fits


@dataclass(frozen=True)
class Nested:
    """A labelling, and the same on ever larger parts of its training rows."""

    whole: Labelling
    parts: tuple[Part, ...]


class PartMaker:
    """Makes the parts at some fractions, the same texts for all classifiers."""

    def __init__(self, fractions: Sequence[float]) -> None:
        self.fractions = tuple(fractions)
        self._made: dict[tuple[int, bool], Nested] = {}

    def of(self, block: Block) -> list[Nested]:
        """Those of each of the block's labellings that has a curve."""
        return [self._of(one, block) for one in block.labellings if one.control != WITHOUT]

    def _of(self, labelling: Labelling, block: Block) -> Nested:
        # with the same targets a labelling may or may not set a validation part apart
        key = id(labelling.targets), any(len(fold.val) for fold in labelling.folds)
        if key not in self._made:
            parts = nested_parts(labelling, block.groups, block.task, self.fractions)
            self._made[key] = Nested(labelling, tuple(parts))
        return self._made[key]
