"""The blocks of a transfer as tasks to solve: the rows of all its datasets, fitted as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from threading import Lock

from torch import Tensor

from probing.engine.blocks import Block
from probing.engine.classifiers import Classifier, needs_validation
from probing.engine.experiment.block_cells import Task
from probing.engine.experiment.choosing.leaders import Leaders
from probing.engine.experiment.feature_room import one_after_another
from probing.engine.experiment.passes.cell_flags import CellFlags
from probing.engine.experiment.passes.features import Read
from probing.engine.experiment.passes.record import PassRecord
from probing.engine.experiment.run_writer import Store
from probing.engine.experiment.scoring.fold_scores import Reading
from probing.engine.experiment.transfers.joined_dataset import JoinedDataset
from probing.engine.experiment.transfers.spread_fits import SpreadFits
from probing.engine.shared_values import Memo
from probing.engine.token_rows import JoinedTokens
from probing.plan import Cell, Plan, PlannedBlock, PlannedPass, PlannedTransfer
from probing.plan.types import NamedDataset
from probing.spec import role_of


class TransferredBlocks:
    """Makes the tasks of a transfer from the features of its passes.

    `leaders` are there where something is chosen among its cells.
    """

    def __init__(
        self,
        plan: Plan,
        store: Store,
        classifiers: Sequence[Classifier],
        device: str,
        one: PlannedTransfer,
        joined: JoinedDataset,
        passes: Sequence[Read],
        leaders: Leaders | None,
    ) -> None:
        self.plan, self.spec, self.store = plan, plan.spec, store
        self.classifiers, self.device = classifiers, device
        self.leaders, self.joins = leaders, bool(one.joined.ensembles)
        self.features = [features for features, _ in passes]
        self.data, self.rows = joined.data, joined.rows()
        self.labellings = joined.labellings(self.spec.seed)
        tested = dict(zip((to.name for to in one.targets), passes[len(one.sources) :], strict=True))
        self.records = {name: record for name, (_, record) in tested.items()}
        self.flags = {
            to.name: self._flags(to, one.joined, joined, self.records[to.name])
            for to in one.targets
        }
        self.told = {name: joined.tested[name].told for name in tested}
        self.opening = Lock()

    def _flags(
        self, to: NamedDataset, one: PlannedPass, joined: JoinedDataset, record: PassRecord
    ) -> CellFlags:
        own = next(
            (
                each
                for each in self.plan.passes
                if (each.dataset.name, each.model.name) == (to.name, one.model.name)
            ),
            replace(one, dataset=to),
        )
        return CellFlags(own, joined.targets[to.name].data, record, lambda _: None)

    def task(self, blocks: Sequence[PlannedBlock], memo: Memo | None) -> Task:
        """What fits blocks that differ in their layers alone."""
        block = PlannedBlock.joined(blocks)
        classifier = self.classifiers[block.classifier_at]
        roles = {role_of(cell.control) for cell in block.cells}
        labellings = tuple(one for one in self.labellings if one.control in roles)
        if not needs_validation(classifier):
            labellings = tuple(one.whole for one in labellings)

        def opened() -> Block:
            with self.opening:
                tokens = self._tokens(block)
                parts = [one.of(block) for one in self.features]
                if tokens:  # these vectors only stand for them
                    pooled = parts[0][:, :1].expand(-1, len(tokens[0]), -1, -1)
                else:
                    pooled = one_after_another(parts, self._spare)
                    self._look(blocks, pooled)
            return Block(
                pooled,
                labellings,
                self.data.groups,
                self.data.task,
                len(self.data.classes),
                "standard" if self.spec.scale == "standard" else "none",
                self.device,
                memo,
                block.layers_at,
                partners=self.data.partners,
                halves=self.data.halves,
                tokens=tokens,
                holds_out=bool(self.spec.select),
            )

        spread = SpreadFits(block.cells, self.rows).of
        made = Task(blocks, classifier, self._reading, opened, spread=spread, rows=self.rows)
        return replace(made, leaders=self.leaders, joins=self.joins)

    def _tokens(self, block: PlannedBlock) -> tuple[JoinedTokens, ...]:
        """The tokens of each layer, of all datasets; none where a pooler makes vectors of texts."""
        every = zip(*(one.tokens(block) for one in self.features), strict=True)
        return tuple(JoinedTokens.one_after_another(parts) for parts in every)

    def _look(self, blocks: Sequence[PlannedBlock], pooled: Tensor) -> None:
        """Look for faults in the features of each dataset that is tested."""
        for name, own in self.rows.items():
            texts = slice(own.start, own.start + len(own.groups))
            self.flags[name].look(blocks, pooled[:, texts])

    @property
    def _spare(self) -> Path:
        return self.store.run.path

    def _reading(self, cell: Cell) -> Reading:
        record, told = self.records[cell.dataset], self.told[cell.dataset]
        flags = (*self.flags[cell.dataset].of(cell), *filter(None, [told]))
        return Reading(record.n_params, record.n_truncated, flags, self.data.positive)
