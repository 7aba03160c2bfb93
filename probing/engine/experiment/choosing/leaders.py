"""Which candidate leads in each fold of a choice, as the blocks of a pass are committed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from probing.engine.experiment.choosing.candidates import Candidates, Inner, Turn, inner_of
from probing.engine.experiment.run_writer import Store
from probing.engine.experiment.scoring.predictions import Arrays
from probing.plan import Cell, PlannedChoice

Rank = tuple[float, int, int, int]  # the less, the better


@dataclass(frozen=True)
class Entrant:
    """A cell among the candidates of the choice `at`, which it enters in the place `number`."""

    cell: Cell
    at: int
    block: int
    depth: int
    number: int


@dataclass(frozen=True)
class Leader:
    """The best candidate of a fold so far."""

    rank: Rank
    entrant: Entrant


class Leaders:
    """The leaders of the choices of a pass, by the inner scores of what is committed.

    Ties go to the lower layer, then to the fewer parameters, then to the order of the spec. Which
    block came first has no say in it.
    """

    def __init__(self, store: Store, choices: Sequence[PlannedChoice], metric: str) -> None:
        self.metric = metric
        self.entrants = {one.cell.id: one for one in _entrants(choices)}
        self.inner: dict[str, Inner] = {}
        self._leaders: dict[tuple[int, str, Turn], Leader] = {}
        for block in {one.block for choice in choices for one in choice.candidates}:
            if (done := store.state.blocks.get(block)) is not None:
                self._enter_committed(store, store.arrays(done))

    def leader(self, choice: PlannedChoice, control: str, turn: Turn) -> Entrant | None:
        """The best candidate of a fold; None where there is none."""
        found = self._leaders.get((choice.at, control, turn))
        return None if found is None else found.entrant

    def arrays(self, candidates: Candidates, cells: Iterable[Cell]) -> Arrays:
        """What to commit of these cells, which enter the race with it."""
        found: Arrays = {}
        for cell in cells:
            if (entrant := self.entrants.get(cell.id)) is None:
                continue
            inner = candidates.inner(cell.id)
            n_params = {turn: candidates.n_params.get((cell.id, turn), 0) for turn in inner.scores}
            found |= candidates.arrays(cell.id, self._enter(entrant, inner, n_params))
        return found

    def _enter_committed(self, store: Store, arrays: Mapping[str, Any]) -> None:
        for key in [key for key in arrays if key.endswith(".inner.turns")]:
            cell = key.removesuffix(".inner.turns")
            if (entrant := self.entrants.get(cell)) is None:
                continue
            folds = store.state.cells[cell].folds
            n_params = {(fold.permutation, fold.fold): fold.n_probe_params for fold in folds}
            self._enter(entrant, inner_of(arrays, cell), n_params)

    def _enter(self, entrant: Entrant, inner: Inner, n_params: Mapping[Turn, int]) -> list[Turn]:
        """The turns in which it leads now."""
        self.inner[entrant.cell.id] = inner
        leading = []
        for turn, score in inner.scores.items():
            if math.isnan(score):
                continue
            key = entrant.at, entrant.cell.control, turn
            rank = -score, entrant.depth, n_params.get(turn, 0), entrant.number
            if (before := self._leaders.get(key)) is None or rank <= before.rank:
                self._leaders[key] = Leader(rank, entrant)
                leading.append(turn)
        return leading


def _entrants(choices: Sequence[PlannedChoice]) -> Iterable[Entrant]:
    """The candidates, and what the controls of labels make of them."""
    for choice in choices:
        for number, one in enumerate(choice.candidates):
            for cell in choice.cells:
                own = replace(one.cell, control=cell.control)
                yield Entrant(own, choice.at, one.block, one.depth, number)
