"""Make the chosen cells of a pass: in each fold the candidate with the best inner score.

The test part of a fold is scored as its candidate scored it. What was chosen never saw it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch

from probing.datasets import TextDataset
from probing.engine.blocks import Block
from probing.engine.experiment.choosing.candidates import Kept, Turn, kept_of
from probing.engine.experiment.choosing.final_choice import final_of
from probing.engine.experiment.choosing.leaders import Entrant, Leaders
from probing.engine.experiment.choosing.one_kind import of_one_kind
from probing.engine.experiment.choosing.what_was_chosen import how_often, left_out, named, told
from probing.engine.experiment.run_writer import Store
from probing.engine.experiment.scoring.fold_scores import Scored
from probing.engine.experiment.scoring.own_rows import OwnRows
from probing.engine.experiment.scoring.pools import Pools
from probing.engine.experiment.scoring.predictions import Predictions
from probing.engine.splits import Labelling
from probing.errors import CellError
from probing.events import CellChosen, CellFailed, FoldDone
from probing.plan import Cell, PlannedChoice
from probing.spec import role_of


def choose(
    store: Store,
    leaders: Leaders,
    choices: Sequence[PlannedChoice],
    data: TextDataset,
    labellings: Sequence[Labelling],
    frames: Mapping[str, OwnRows] | None = None,
) -> None:
    """Log and commit the chosen cells of a pass whose blocks are all finished.

    A cell with a fold that has no candidate fails, with the reason of one of them. `frames` are as
    those of pools.
    """
    for choice in choices:
        making = _Making(store, leaders, choice, data, labellings, frames)
        for cell in choice.cells:
            if not store.is_finished([cell.id]):
                making.make(cell)
        making.commit()


@dataclass(frozen=True)
class _Pick:
    """A fold, and its candidate."""

    labelling: Labelling
    turn: Turn
    entrant: Entrant


class _Making:
    """The chosen cells of one choice."""

    def __init__(
        self,
        store: Store,
        leaders: Leaders,
        choice: PlannedChoice,
        data: TextDataset,
        labellings: Sequence[Labelling],
        frames: Mapping[str, OwnRows] | None,
    ) -> None:
        self.store, self.leaders, self.choice = store, leaders, choice
        self.labellings, self.n_classes = labellings, len(data.classes)
        features, task = torch.empty(1, len(data), 1, 0), data.task
        block = Block(features, tuple(labellings), data.groups, task, self.n_classes, "none")
        self.pools, self.predictions = Pools(block, frames=frames), Predictions(block, frames)
        self.failures: dict[str, str] = {}
        self.chosen: dict[str, CellChosen] = {}

    def make(self, cell: Cell) -> None:
        """Log the folds of a chosen cell, or why there are none."""
        try:
            picks = self._picks(cell)
        except CellError as error:
            self.failures[cell.id] = str(error)
            return
        folds = of_one_kind([(self._event(cell, pick), self._kept(pick)) for pick in picks])
        self.store.emit(event for event, _ in folds)
        for pick, (event, kept) in zip(picks, folds, strict=True):
            self.predictions.put(cell.id, kept.rows)
            self.pools.add(cell, pick.labelling, Scored(event, kept.tested, kept.seen))
        self.chosen[cell.id] = self._what(cell, picks)

    def commit(self) -> None:
        """Finish the cells together."""
        store, cells = self.store, list(self.chosen)
        if cells:
            store.emit([*self.chosen.values(), *self.pools.of(cells)])
            arrays = self.predictions.arrays(cells) | self.pools.arrays(cells)
            store.commit(self.choice.at, cells, arrays, 0.0)
        store.emit(CellFailed(cell, store.attempt, why) for cell, why in self.failures.items())

    def _picks(self, cell: Cell) -> list[_Pick]:
        """The candidate of every fold; raises `CellError` where one has none."""
        return [
            _Pick(labelling, turn, self._leader(cell, turn))
            for labelling in self.labellings
            if labelling.control == role_of(cell.control)
            for fold in range(len(labelling.folds))
            for turn in [(labelling.permutation, fold)]
        ]

    def _leader(self, cell: Cell, turn: Turn) -> Entrant:
        found = self.leaders.leader(self.choice, cell.control, turn)
        if found is None:
            reason = next((f" ({why})" for _, why in self._left_out(cell)), "")
            raise CellError(f"fold {turn[1]}: no candidate can be chosen{reason}")
        return found

    def _left_out(self, cell: Cell) -> list[tuple[Cell, str]]:
        """The candidates that are none in some fold, each with a reason."""
        found = []
        for one in self.choice.candidates:
            own = replace(one.cell, control=cell.control)
            state, inner = self.store.state.cells.get(own.id), self.leaders.inner.get(own.id)
            reason = (state.failure if state else "") or (inner.reason if inner else "")
            if reason:
                found.append((own, reason))
        return found

    def _kept(self, pick: _Pick) -> Kept:
        entrant = pick.entrant
        arrays = self.store.arrays(self.store.state.blocks[entrant.block])
        return kept_of(arrays, entrant.cell.id, pick.turn, entrant.cell.task, self.n_classes)

    def _event(self, cell: Cell, pick: _Pick) -> FoldDone:
        """The fold of the candidate as one of the chosen cell."""
        candidate = pick.entrant.cell
        folds = self.store.state.cells[candidate.id].folds
        (own,) = (one for one in folds if (one.permutation, one.fold) == pick.turn)
        names = named(cell, candidate)
        layer = {"layer": float(names["layer"])} if "layer" in names else {}
        return replace(
            own,
            cell=cell.id,
            attempt=self.store.attempt,
            site=cell.site,
            pooler=cell.pooler,
            layer=cell.layer,
            classifier=cell.classifier,
            chosen={**layer, **own.chosen},
            selected={**names, "cell": candidate.id},
        )

    def _what(self, cell: Cell, picks: Sequence[_Pick]) -> CellChosen:
        """What was chosen, how often, and what is chosen on all texts."""
        candidates, metric = self.choice.candidates, self.leaders.metric
        flags = [how_often([named(cell, pick.entrant.cell) for pick in picks])]
        final = None if cell.control else self._final(picks, metric)
        names = named(cell, final) if final else {}
        if final:
            flags.append(f"final probe: {told(names)}")
        flags += left_out(self._left_out(cell), len(candidates))
        return CellChosen(
            cell=cell.id,
            attempt=self.store.attempt,
            metric=metric,
            n_candidates=len(candidates),
            final={**names, "cell": final.id} if final else {},
            flags=tuple(flags),
        )

    def _final(self, picks: Sequence[_Pick], metric: str) -> Cell | None:
        """With a single fold its own choice, since its test part is not to choose by.

        Nor are the texts of another dataset: the final probe is that of what is trained on.
        """
        if len(picks) == 1:
            return picks[0].entrant.cell
        if picks[0].entrant.cell.trained_on:
            return None
        found = final_of(self.store.state, self.choice, metric)
        return None if found is None else found.cell
