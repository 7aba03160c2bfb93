"""Trainings that are fitted on the same rows, as permutations of labels are, share a design.

Each training scales the features by its own rows, which is a penalty form in coordinates that all
share. Those of the same rows, where they are many, get coordinates in which the penalty is plain:
that takes as much as the rows times their coordinates once, and spares two products of the
coordinates alone, and the rows left out, in every iteration.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from probing.engine.solvers.rows.design import Design
from probing.engine.solvers.rows.memory_budget import blocks, budget_bytes
from probing.engine.solvers.rows.principal_basis import Basis
from probing.engine.solvers.rows.training_sets import TrainingSets

_WORKING_ARRAYS = 20
_REMEMBERED = 50  # arrays of weights
_NEARLY_ALL = 0.97  # of the rows: to leave out fewer does not pay
_PRODUCTS = 25  # with all rows, that a problem usually takes


@dataclass(frozen=True)
class Batch:
    """Trainings that are solved together: their numbers, their sets, and the design of all rows.

    `rows` are the numbers of the rows that any of them is fitted on, None where these are as good
    as all.
    """

    numbers: Tensor
    sets: TrainingSets
    design: Design
    rows: Tensor | None

    @property
    def trained(self) -> tuple[Design, TrainingSets]:
        """The design and the sets of those rows alone."""
        if self.rows is None:
            return self.design, self.sets
        return self.design.some(self.rows), self.sets.of_rows(self.rows)


def batches(basis: Basis, sets: TrainingSets, n_logits: int, n_each: int) -> Iterator[Batch]:
    """Trainings of which `n_each` problems for each set can be solved together in memory."""
    alone = []
    for numbers in _of_same_rows(sets):
        if _pays(basis, len(numbers) * sets.n_columns * n_logits * n_each):
            for part in training_blocks(basis, len(numbers), sets.n_columns * n_logits * n_each):
                yield _in_own_units(basis, sets, numbers[part])
        else:
            alone.append(numbers)
    if alone:
        numbers = torch.cat(alone).sort().values
        for part in training_blocks(basis, len(numbers), sets.n_columns * n_logits * n_each):
            own = sets.trainings(numbers[part])
            design = Design.of(basis, basis.penalty(own.distinct_masks))
            yield Batch(numbers[part], own, design, _rows_needed(design, own))


def training_blocks(basis: Basis, n_trainings: int, n_problems: int) -> Iterator[slice]:
    """Trainings of `n_problems` problems each that can be solved together in memory."""
    n, r = len(basis.X), len(basis.energy)
    solving = n_problems * (n * _WORKING_ARRAYS + r * _REMEMBERED) * 4
    form = 2 * r * r * 8 if basis.is_wide and basis.scaled else 0
    return blocks(n_trainings, solving + form, basis.device)


def _of_same_rows(sets: TrainingSets) -> list[Tensor]:
    found = defaultdict(list)
    packed = np.packbits(sets.distinct_masks.cpu().numpy(), axis=1)
    for number, row in enumerate(packed):
        found[row.tobytes()].append(number)
    return [torch.tensor(numbers, device=sets.inner.device) for numbers in found.values()]


def _pays(basis: Basis, n_problems: int) -> bool:
    return basis.scaled and not basis.is_wide and n_problems * _PRODUCTS >= len(basis.X)


def _in_own_units(basis: Basis, sets: TrainingSets, numbers: Tensor) -> Batch:
    own = sets.trainings(numbers)
    unit = basis.deviations(own.distinct_masks[:1])[0]
    design = Design.in_units(basis, unit)
    return Batch(numbers, own, design, _rows_needed(design, own.trainings(numbers.new_zeros(1))))


def _rows_needed(design: Design, sets: TrainingSets) -> Tensor | None:
    """The numbers of the rows of a training that is solved alone; None where all are as good.

    Rows that it does not train on would be multiplied as well.
    """
    if sets.n_trainings > 1:
        return None
    rows = torch.nonzero(sets.masks[0]).squeeze(1)
    fits = len(rows) * design.width * 8 <= budget_bytes(design.device)
    return rows if fits and len(rows) < _NEARLY_ALL * design.n_rows else None
