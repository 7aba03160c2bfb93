"""The problems of the inner folds of training sets, made once for all strengths and rounds."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from probing.engine.solvers.penalised.linear_models import Problems
from probing.engine.solvers.rows.design import Design
from probing.engine.solvers.rows.training_sets import TrainingSets


class InnerProblems:
    """One for each training set and inner fold, inner fold fastest; sets go by their numbers."""

    def __init__(self, rough: Design, sets: TrainingSets) -> None:
        self.n_inner, self.sets = sets.n_inner, sets
        every = torch.arange(len(sets), device=sets.inner.device)
        self._trained, self._held_out = sets.inner_masks(every)
        self._counts = self._trained.sum(1).to(torch.float64)
        self._subset = (every // sets.n_columns).repeat_interleave(self.n_inner)
        self._targets = sets.targets.repeat_interleave(self.n_inner, 0)
        self._squares = rough.mean_squares(self._weights(rough.dtype))
        self._known: dict[torch.dtype, Problems] = {}

    def of(self, sets: Tensor, C: Tensor, dtype: torch.dtype) -> Problems:
        """Those of some sets with one strength."""
        return self.some(self.rows(sets), C, dtype)

    def some(self, rows: Tensor, C: Tensor, dtype: torch.dtype) -> Problems:
        """Those of these numbers with one strength."""
        every = self._every(dtype)
        some = every if len(rows) == len(every) else every.rows(rows)
        return replace(some, l2=(1 / (C * self._counts[rows])).to(dtype))

    def held_out(self, sets: Tensor) -> Tensor:
        """The rows that each of them leaves out and is judged by, `[b, n]`."""
        rows = self.rows(sets)
        return self._held_out if len(rows) == len(self._held_out) else self._held_out[rows]

    def mean_losses(self, sets: Tensor, losses: Tensor) -> Tensor:
        """What the rows left out by each add to the mean loss, `[len(sets), n_inner]`.

        `losses` `[b, n]` are those of all rows.
        """
        sums = (losses * self.held_out(sets)).sum(1, dtype=torch.float64)
        return sums.view(len(sets), -1) / self.sets.masks[sets].sum(1, keepdim=True)

    def fold_losses(self, rows: Tensor, losses: Tensor) -> Tensor:
        """The same of the problems of these numbers, `[len(rows)]`."""
        sums = (losses * self._held_out[rows]).sum(1, dtype=torch.float64)
        return sums / self.sets.masks[rows // self.n_inner].sum(1)

    def rows(self, sets: Tensor) -> Tensor:
        """The numbers of the problems of some sets."""
        inner = torch.arange(self.n_inner, device=sets.device)
        return (sets[:, None] * self.n_inner + inner).flatten()

    def _every(self, dtype: torch.dtype) -> Problems:
        if dtype not in self._known:
            one = torch.ones_like(self._counts)
            weights, squares = self._weights(dtype), self._squares.to(dtype)
            given = Problems(self._targets, weights, one, self._subset, squares=squares)
            self._known[dtype] = given.to(dtype)
        return self._known[dtype]

    def _weights(self, dtype: torch.dtype) -> Tensor:
        return self._trained / self._counts[:, None].to(dtype)
