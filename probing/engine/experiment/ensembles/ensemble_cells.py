"""Make the cells of ensembles over layers from what their layers have committed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from probing.datasets import TextDataset
from probing.engine.blocks import Block, FoldFit
from probing.engine.experiment.block_fits import CellFit
from probing.engine.experiment.ensembles.mean_scores import mean_of
from probing.engine.experiment.ensembles.members import Member, Numbers, member_of
from probing.engine.experiment.run_writer import Store
from probing.engine.experiment.scoring.fold_scores import Reading, Scorer
from probing.engine.experiment.scoring.own_rows import OwnRows
from probing.engine.experiment.scoring.pools import Pools
from probing.engine.experiment.scoring.predictions import Predictions
from probing.engine.splits import Labelling
from probing.errors import CellError
from probing.events import CellFailed, FoldDone
from probing.plan import Cell
from probing.plan.types import PlannedEnsemble
from probing.spec import role_of


def make_ensemble(
    store: Store,
    planned: PlannedEnsemble,
    data: TextDataset,
    labellings: Sequence[Labelling],
    scorer: Scorer,
    frames: Mapping[str, OwnRows] | None = None,
) -> None:
    """Log and commit the cells of an ensemble whose layers are all finished.

    A cell of which a layer has failed fails, with its reason. `frames` are as those of pools.
    """
    making = _Making(store, planned, data, labellings, scorer, frames)
    done, failures = [], {}
    for cell in planned.cells:
        if store.is_finished([cell.id]):
            continue
        try:
            making.make(cell)
            done.append(cell.id)
        except CellError as error:
            failures[cell.id] = str(error)
    if done:
        store.emit(making.pools.of(done))
        arrays = making.predictions.arrays(done) | making.pools.arrays(done)
        store.commit(planned.at, done, arrays, 0.0)
    store.emit(CellFailed(cell, store.attempt, why) for cell, why in failures.items())


class _Making:
    """The cells of one ensemble."""

    def __init__(
        self,
        store: Store,
        planned: PlannedEnsemble,
        data: TextDataset,
        labellings: Sequence[Labelling],
        scorer: Scorer,
        frames: Mapping[str, OwnRows] | None,
    ) -> None:
        self.store, self.planned, self.scorer = store, planned, scorer
        self.labellings, self.positive = labellings, data.positive
        features, task = torch.empty(1, len(data), 1, 0), data.task
        self.block = Block(
            features, tuple(labellings), data.groups, task, len(data.classes), "none"
        )
        self.pools = Pools(self.block, frames=frames)
        self.predictions = Predictions(self.block, frames)

    def make(self, cell: Cell) -> None:
        """Log the folds of a cell; raises `CellError` where a layer has failed."""
        arrays = [self._arrays(one.block, one.cell, cell.control) for one in self.planned.members]
        for at, labelling in enumerate(self.labellings):
            if labelling.control != role_of(cell.control):
                continue
            for fold in range(len(labelling.folds)):
                self._fold(cell, at, fold, arrays)

    def _arrays(self, block: int, member: Cell, control: str) -> tuple[Cell, Mapping[str, Any]]:
        own = replace(member, control=control)
        state, done = self.store.state.cells.get(own.id), self.store.state.blocks.get(block)
        failure = state.failure if state else ""
        if failure or done is None or own.id not in done.cells:
            raise CellError(f"layer {own.layer}: {failure or 'it was not fitted'}")
        return own, self.store.arrays(done)

    def _fold(
        self, cell: Cell, at: int, fold: int, arrays: Sequence[tuple[Cell, Mapping[str, Any]]]
    ) -> None:
        labelling = self.labellings[at]
        turn = labelling.permutation, fold
        members: list[Member] = []
        for own, held in arrays:
            if (member := member_of(held, own.id, turn)) is None:
                raise CellError(f"layer {own.layer}: fold {fold} was not kept")
            members.append(member)
        block, fit = self._joined(cell, at, fold, members)
        one = CellFit(cell, labelling, fit)
        scored = self.scorer(
            one, fit, block, self._reading([own for own, _ in arrays], turn), self.store.attempt
        )
        self.store.emit([scored.event])
        self.predictions.block = block
        self.predictions.add(one, fit)
        self.pools.add(cell, labelling, scored)

    def _joined(
        self, cell: Cell, at: int, fold: int, members: Sequence[Member]
    ) -> tuple[Block, FoldFit]:
        """The members as one fit, and a block of as many samples of each text as theirs."""
        pooled, n_rows = mean_of(members, cell.task), len(self.labellings[at].folds[fold].test)
        n_samples = len(pooled.test) // max(1, n_rows)
        n_texts = self.block.features.shape[1]
        fit = FoldFit(
            layer_at=0,
            labelling_at=at,
            fold=fold,
            test_scores=pooled.test,
            decision=_decision(pooled.test, cell.task),
            probabilities=pooled.probabilities,
            n_params=sum(one.n_params for one in members),
            fit_s=0.0,
            chosen={"n_layers": float(len(members))},
            held_out=pooled.held_out,
            seen=pooled.seen,
        )
        return replace(self.block, features=torch.empty(1, n_texts, n_samples, 0)), fit

    def _reading(self, members: Sequence[Cell], turn: tuple[int, int]) -> Reading:
        """How the model read the texts, and what is said of every member."""
        events = [self._event(member, turn) for member in members]
        common = set.intersection(*(set(event.flags) for event in events))
        flags = tuple(flag for flag in events[0].flags if flag in common)
        return Reading(events[0].n_params, events[0].n_truncated, flags, self.positive)

    def _event(self, member: Cell, turn: tuple[int, int]) -> FoldDone:
        folds = self.store.state.cells[member.id].folds
        (own,) = (one for one in folds if (one.permutation, one.fold) == turn)
        return own


def _decision(scores: Numbers, task: str) -> NDArray[np.int64] | None:
    if task == "regression":
        return None
    decided = scores.argmax(1) if task == "multiclass" else scores > 0
    return decided.astype(np.int64)
