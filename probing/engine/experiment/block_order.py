"""Choose which blocks of a pass are fitted one after another and which side by side."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from functools import partial
from itertools import groupby

import torch

from probing.engine.classifiers import Classifier
from probing.engine.experiment.block_cells import Group, Lane, Task
from probing.engine.shared_values import Memo
from probing.engine.solvers.rows.memory_budget import budget_bytes
from probing.engine.threads import Sharing
from probing.plan import PlannedBlock, PlannedPass, block_bytes, fit_bytes, layer_shape
from probing.plan.costs.device_memory import KEPT_BYTES
from probing.spec import Spec

MakeTask = Callable[[Sequence[PlannedBlock], Memo | None], Task]
_LAYERS_BYTES = 2**30  # of the features that are fitted as one


class Arrangement:
    """The blocks of a pass on a device; `classifiers` are those of the spec, in its order.

    `widths` are those of the layers of `resid`, which a configuration may not tell.
    """

    def __init__(
        self,
        spec: Spec,
        one: PlannedPass,
        classifiers: Sequence[Classifier],
        device: str,
        widths: Sequence[int] = (),
    ) -> None:
        self.spec, self.one, self.classifiers, self.widths = spec, one, classifiers, widths
        self.device = torch.device(device)

    def lanes(self, blocks: Sequence[PlannedBlock], task: MakeTask) -> list[Lane]:
        """Beside what a GPU does, that which only needs cores; on a CPU all shares them.

        A lane that is done stays, so that the other has no more threads than before.
        """
        lanes: dict[bool, list[PlannedBlock]] = {self._lane(block): [] for block in self.one.blocks}
        for block in blocks:
            lanes[self._lane(block)].append(block)
        return [partial(self._groups, lane, task) for _, lane in sorted(lanes.items())]

    def apart(self, blocks: Sequence[PlannedBlock]) -> list[list[PlannedBlock]]:
        """Those that gain from being fitted by one process: of the same features, or trained at
        once."""
        found: list[list[PlannedBlock]] = []
        for of_pooler in _alike(blocks, lambda block: block.pooler_at):
            of_layer: dict[Hashable, list[PlannedBlock]] = {}
            for alike in _alike(of_pooler, _kind):
                if self._trains_layers(alike[0]):
                    found += self._together(alike)
                    continue
                for block in alike:
                    of_layer.setdefault(block.layers_at, []).append(block)
            found += of_layer.values()
        return found

    def _lane(self, block: PlannedBlock) -> bool:
        return self.device.type != "cpu" and self._only_needs_cores(block)

    def _only_needs_cores(self, block: PlannedBlock) -> bool:
        return getattr(self.classifiers[block.classifier_at], "only_needs_cores", False)

    def _groups(self, blocks: Sequence[PlannedBlock], task: MakeTask) -> Iterator[Group]:
        """Blocks that differ only in their layers, pooler by pooler."""
        for of_pooler in _alike(blocks, lambda block: block.pooler_at):
            memo = self._memo(of_pooler)
            for alike in _alike(of_pooler, _kind):
                tasks = [task(together, memo) for together in self._together(alike)]
                yield Group(tasks, self._sharing(alike[0]))

    def _together(self, blocks: Sequence[PlannedBlock]) -> list[list[PlannedBlock]]:
        """What is given to a classifier as one: on a GPU the layers that it trains at once.

        Which layers these are does not depend on what is left to do.
        """
        if not self._trains_layers(blocks[0]):
            return [[block] for block in blocks]
        every = [block for block in self.one.blocks if _kind(block) == _kind(blocks[0])]
        size = max(1, _LAYERS_BYTES // block_bytes(self.spec, self.one, every[0]))

        def place(block: PlannedBlock) -> Hashable:
            return every.index(block) // size, self._width(block)

        return _alike(blocks, place)

    def _width(self, block: PlannedBlock) -> int | None:
        """That of the layer of a block, where layers may differ in it."""
        layer, pooler = block.cells[0].layer, self.spec.poolers[block.pooler_at]
        if layer is None or pooler.site != "resid" or not self.widths:
            return None
        return self.widths[layer]

    def _trains_layers(self, block: PlannedBlock) -> bool:
        classifier = self.classifiers[block.classifier_at]
        return self.device.type != "cpu" and getattr(classifier, "trains_layers", False)

    def _memo(self, blocks: Sequence[PlannedBlock]) -> Memo | None:
        """For what several classifiers compute of the features of a pooler."""
        if len({block.classifier_at for block in blocks}) < 2:
            return None
        return Memo(KEPT_BYTES if self.device.type == "cpu" else budget_bytes(self.device))

    def _sharing(self, block: PlannedBlock) -> Sharing:
        """How the blocks of a pooler and classifier share the cores, those done counted too."""
        classifier = self.classifiers[block.classifier_at]
        beside = getattr(classifier, "side_by_side", False)
        n_blocks = sum(_kind(each) == _kind(block) for each in self.one.blocks) if beside else 1
        streams = getattr(classifier, "streams", False)
        size = fit_bytes(*layer_shape(self.spec, self.one, block), streams=streams)
        return Sharing.of(n_blocks, self.device, size)


def _kind(block: PlannedBlock) -> tuple[int, int]:
    """Pooler and classifier: blocks that share both differ only in their layers."""
    return block.pooler_at, block.classifier_at


def _alike(
    blocks: Sequence[PlannedBlock], what: Callable[[PlannedBlock], Hashable]
) -> list[list[PlannedBlock]]:
    """Neighbouring blocks that have `what` in common."""
    return [list(group) for _, group in groupby(blocks, what)]
