"""Plan the transfers of a spec: a fit of each block tests all that it is tested on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from probing.errors import SpecError
from probing.plan.cells import Cell
from probing.plan.planned_work import OF_A_POOLER, OF_THE_LAYER, UNTRAINED, PlannedWork
from probing.plan.transfers import Transfers
from probing.plan.types import (
    NamedModel,
    PlannedBlock,
    PlannedPass,
    PlannedTexts,
    PlannedTransfer,
)
from probing.spec import CONTROLS


@dataclass(frozen=True)
class TransferWork:
    """Makes transfers of the blocks that `work` makes."""

    work: PlannedWork

    def of(
        self, asked: Sequence[Transfers], models: Sequence[NamedModel]
    ) -> Iterator[PlannedTransfer]:
        """The transfers of every model, then those of its controls; texts with the first model."""
        beside = [name for name in self.work.spec.controls if CONTROLS[name].kind in OF_THE_LAYER]
        controls = tuple(one for one in ("", *beside) if one not in OF_A_POOLER)
        told = dict.fromkeys(one.trained_on for one in asked)
        if len(told) < len(asked):
            raise SpecError("two transfers have one name", where="transfer", hint="rename datasets")
        for model in models:
            for one in asked:
                texts = tuple(self._transferred_texts(one, models)) if model is models[0] else ()
                blocks = self._transferred(one, model, model.name, controls)
                yield _transfer(self.work, one, model, blocks, texts)
            for drawn in self.work.drawn(model):
                for one in asked:
                    blocks = self._transferred(one, drawn, model.name, (UNTRAINED,))
                    yield _transfer(self.work, one, drawn, blocks, ())

    def _transferred(
        self, one: Transfers, model: NamedModel, shown: str, controls: tuple[str, ...]
    ) -> tuple[PlannedBlock, ...]:
        """The blocks of a transfer: a fit of each tests all that it is tested on."""
        cells = [
            (at, replace(self.work.cell(one.joined, shown, at), trained_on=one.trained_on))
            for at in self.work.serving.of(one.sources[0])
        ]
        read = [
            set(self.work.serving.poolers_of(dataset)) for dataset in (*one.sources, *one.targets)
        ]
        blocks = (
            block
            for pooler in self.work.serving.poolers
            if all(pooler in some for some in read)
            for at, cell in cells
            for block in self.work.blocks(cell, model, pooler, at, controls)
        )
        return tuple(replace(block, cells=_on_each(block.cells, one)) for block in blocks)

    def _transferred_texts(
        self, one: Transfers, models: Sequence[NamedModel]
    ) -> Iterator[PlannedTexts]:
        for text in self.work.of_texts(one.joined, models, one):
            yield replace(text, cells=_on_each(text.cells, one))


def _on_each(cells: Sequence[Cell], one: Transfers) -> tuple[Cell, ...]:
    """The cells for each dataset that is tested."""
    return tuple(replace(cell, dataset=to.name) for to in one.targets for cell in cells)


def _transfer(
    work: PlannedWork,
    one: Transfers,
    model: NamedModel,
    blocks: tuple[PlannedBlock, ...],
    texts: tuple[PlannedTexts, ...],
) -> PlannedTransfer:
    tested = [tuple(_tested(blocks, to.name)) for to in one.targets]
    joined = PlannedPass(
        one.joined,
        model,
        blocks,
        choices=tuple(choice for own in tested for choice in work.choices(model, own)),
        ensembles=tuple(each for own in tested for each in work.ensembles(own)),
    )
    return PlannedTransfer(one.trained_on, one.sources, one.targets, joined, texts)


def _tested(blocks: Sequence[PlannedBlock], name: str) -> Iterator[PlannedBlock]:
    """The blocks with the cells of one dataset that is tested."""
    for block in blocks:
        yield replace(block, cells=tuple(cell for cell in block.cells if cell.dataset == name))
