"""The stage of a run after the passes of a model: its probes are tested on other datasets.

They are fitted again, to the rows of all these datasets, so that one fit scores them all. No text
is read again: the features are those of the passes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from probing.datasets.rows.groups_across import groups_across
from probing.engine.classifiers import Classifier
from probing.engine.experiment.block_cells import Group, Task, solve
from probing.engine.experiment.block_order import Arrangement
from probing.engine.experiment.choosing.leaders import Leaders
from probing.engine.experiment.passes.cell_flags import text_flags
from probing.engine.experiment.passes.features import Read
from probing.engine.experiment.run_datasets import RunDataset, RunDatasets
from probing.engine.experiment.run_writer import Store
from probing.engine.experiment.scoring.conclusions import conclude_series
from probing.engine.experiment.scoring.fold_scores import Reading, Scorer
from probing.engine.experiment.text_controls import TextControls
from probing.engine.experiment.transfers.joined_dataset import JoinedDataset
from probing.engine.experiment.transfers.layers_together import choose_and_join, leaders_of
from probing.engine.experiment.transfers.spread_fits import SpreadFits
from probing.engine.experiment.transfers.tested_rows import TestedRows
from probing.engine.experiment.transfers.transferred_blocks import TransferredBlocks
from probing.engine.experiment.unforeseen_errors import check_device
from probing.engine.experiment.units.dealing import Dealing
from probing.engine.threads import ALONE
from probing.errors import ProbingError, RunError
from probing.events import CellFailed, Warned
from probing.plan import (
    Cell,
    Plan,
    PlannedBlock,
    PlannedCells,
    PlannedPass,
    PlannedTexts,
    PlannedTransfer,
)
from probing.plan.types import NamedDataset, NamedModel
from probing.spec import CONTROLS

Ints = NDArray[np.int64]
ReadPass = Callable[[NamedDataset, NamedModel], Read]


class TransferStage:
    """Fits and scores the transfers of a plan; `classifiers` are those of the spec.

    With `dealing`, workers fit the probes, whose features are there.
    """

    def __init__(
        self,
        plan: Plan,
        store: Store,
        classifiers: Sequence[Classifier],
        datasets: RunDatasets,
        text_controls: TextControls,
        device: str,
        scorer: Scorer,
        dealing: Dealing | None = None,
    ) -> None:
        self.dealing = dealing
        self.plan, self.spec, self.store = plan, plan.spec, store
        self.classifiers, self.datasets, self.device = classifiers, datasets, device
        self.text_controls, self.scorer = text_controls, scorer
        self._groups: dict[tuple[str, str], tuple[Ints, Ints]] = {}

    def run_texts(self, one: PlannedTransfer, texts: Sequence[PlannedTexts]) -> None:
        """Fit some of the controls that need no activations; raises `ProbingError`."""
        left = {text.at for text in texts if not self._is_finished(text)}
        if not left:
            return
        one = self._sound(one, [text for text in one.texts if text.at in left])
        texts = [text for text in one.texts if text.at in left and not self._is_finished(text)]
        if not texts:
            return
        joined = self._joined(one)
        data, labellings, rows = joined.data, joined.labellings(self.spec.seed), joined.rows()
        flags = {to.name: self._text_flags(to, joined) for to in one.targets}
        reading = {name: Reading(0, 0, told, data.positive) for name, told in flags.items()}
        for text in texts:
            task = replace(
                self.text_controls.task(text, data, labellings, ()),
                reading=lambda cell: reading[cell.dataset],
                spread=SpreadFits(text.cells, rows).of,
                rows=rows,
            )
            solve(self.store, [partial(_alone, task)], self.scorer)

    def run(self, one: PlannedTransfer, read: ReadPass) -> None:
        """Fit the probes of a transfer; `read` gives the features of a pass. Raises
        `ProbingError`."""
        if all(map(self._is_finished, one.joined.committed)):
            return
        one = self._sound(one, one.joined.committed, read)
        joined, leaders = self._joined(one), leaders_of(self.store, self.spec, one)
        left = [block for block in one.joined.blocks if not self._is_finished(block)]
        if left:
            self._warn(one, joined)
            passes = self._passes(one, read)
            if self.dealing is not None and all(features.is_shared for features, _ in passes):
                self._deal(one, passes, self.dealing)
                leaders = leaders_of(self.store, self.spec, one)
            else:
                self._solve(one, joined, left, passes, leaders)
        choose_and_join(self.store, self.spec, self.classifiers, one, joined, leaders, self.scorer)

    def fit(self, one: PlannedTransfer, numbers: Collection[int], read: ReadPass) -> None:
        """Fit some blocks of a transfer, and nothing else; raises `ProbingError`."""
        one = self._sound(one, one.joined.committed, read)
        blocks = [block for block in one.joined.blocks if block.at in numbers]
        if blocks:
            about = self._joined(one), blocks, self._passes(one, read)
            self._solve(one, *about, leaders_of(self.store, self.spec, one))

    def _passes(self, one: PlannedTransfer, read: ReadPass) -> list[Read]:
        """What was read of the datasets of a transfer, those that are trained on first."""
        return [read(dataset, one.joined.model) for dataset in (*one.sources, *one.targets)]

    def _solve(
        self,
        one: PlannedTransfer,
        joined: JoinedDataset,
        blocks: Sequence[PlannedBlock],
        passes: Sequence[Read],
        leaders: Leaders | None,
    ) -> None:
        about = self.plan, self.store, self.classifiers, self.device
        making = TransferredBlocks(*about, one, joined, passes, leaders)
        lanes = self._arranged(one, passes).lanes(blocks, making.task)
        solve(self.store, lanes, self.scorer)

    def _deal(self, one: PlannedTransfer, passes: Sequence[Read], dealing: Dealing) -> None:
        groups: list[Sequence[PlannedCells]] = [
            [text] for text in one.texts if CONTROLS[text.control].late
        ]
        groups += self._arranged(one, passes).apart(one.joined.blocks)
        dealing.fits(passes[0][0].one, groups, "transfers")

    def _arranged(self, one: PlannedTransfer, passes: Sequence[Read]) -> Arrangement:
        widths = passes[0][1].widths
        return Arrangement(self.spec, one.joined, self.classifiers, self.device, widths)

    def conclude(self) -> None:
        """Log what the series come to, of every model, training part and dataset tested."""
        places: dict[tuple[str, str, str], NamedDataset] = {}
        for one in self.plan.transfers:
            for cell in (cell for block in one.joined.blocks for cell in block.cells):
                to = next(to for to in one.targets if to.name == cell.dataset)
                places[cell.trained_on, cell.dataset, cell.model] = to
        for place, to in places.items():
            for kind in _KINDS:
                blocks = [
                    replace(block, cells=own)
                    for one in self.plan.transfers
                    for block in (*one.texts, *kind(one.joined))
                    if (own := tuple(cell for cell in block.cells if _stands(cell, place)))
                ]
                if all(self._is_finished(block) for block in blocks):
                    conclude_series(self.store, to, blocks)

    def _is_finished(self, block: PlannedCells) -> bool:
        return self.store.is_finished(cell.id for cell in block.cells)

    def _sound(
        self, one: PlannedTransfer, cells: Sequence[PlannedCells], read: ReadPass | None = None
    ) -> PlannedTransfer:
        """A transfer without the datasets that cannot be tested, of which `cells` fail.

        Raises `ProbingError` where one cannot be trained on.
        """
        sources = [self.datasets.of(source) for source in one.sources]
        reasons: dict[str, str] = {}
        for to in one.targets:
            try:
                if read is not None:
                    read(to, one.joined.model)
                tested = self._tested(one.sources, sources, to)
                tested.check([own.labellings for own in sources], to.name)
            except ProbingError as error:
                if isinstance(error, RunError):
                    raise
                reasons[to.name] = str(error)
                check_device(error.__cause__)
        self.store.emit(
            CellFailed(cell.id, self.store.attempt, reasons[cell.dataset])
            for block in cells
            for cell in block.cells
            if cell.dataset in reasons and not self.store.is_finished([cell.id])
        )
        return one.without(reasons)

    def _tested(
        self, sources: Sequence[NamedDataset], own: Sequence[RunDataset], to: NamedDataset
    ) -> TestedRows:
        other = self.datasets.of(to)
        both = zip(sources, own, strict=True)
        pairs = [self._pair(source, its, to, other) for source, its in both]
        return TestedRows(other.data.groups, pairs)

    def _joined(self, one: PlannedTransfer) -> JoinedDataset:
        sources = {dataset.name: self.datasets.of(dataset) for dataset in one.sources}
        targets = {dataset.name: self.datasets.of(dataset) for dataset in one.targets}
        parts = [(sources[dataset.name].data, dataset.spec) for dataset in one.sources]
        together = np.concatenate(groups_across(parts)) if len(parts) > 1 else None
        own = list(sources.values())
        tested = {to.name: self._tested(one.sources, own, to) for to in one.targets}
        return JoinedDataset(one.trained_on, own, targets, tested, together)

    def _pair(
        self, source: NamedDataset, its: RunDataset, to: NamedDataset, other: RunDataset
    ) -> tuple[Ints, Ints]:
        """The groups across two datasets, which serve both directions."""
        names = source.name, to.name
        if names not in self._groups:
            of_source, of_target = groups_across([(its.data, source.spec), (other.data, to.spec)])
            self._groups[names] = of_source, of_target
            self._groups[names[::-1]] = of_target, of_source
        return self._groups[names]

    def _text_flags(self, to: NamedDataset, joined: JoinedDataset) -> tuple[str, ...]:
        told = joined.tested[to.name].told
        return (*text_flags(to, joined.targets[to.name].data), *filter(None, [told]))

    def _warn(self, one: PlannedTransfer, joined: JoinedDataset) -> None:
        told = ((to, joined.tested[to.name].told) for to in one.targets)
        self.store.emit(
            Warned(f"{to.name} by probes of {one.trained_on}", what) for to, what in told if what
        )


_KINDS: tuple[Callable[[PlannedPass], Sequence[PlannedCells]], ...] = (
    lambda one: one.blocks,
    lambda one: one.choices,
    lambda one: one.ensembles,
)


def _alone(task: Task) -> Iterator[Group]:
    yield Group([task], ALONE)


def _stands(cell: Cell, place: tuple[str, str, str]) -> bool:
    """Whether a cell is of a place, or a control for every model."""
    trained_on, dataset, model = place
    return (cell.trained_on, cell.dataset) == (trained_on, dataset) and cell.model in ("", model)
