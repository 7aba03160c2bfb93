"""Which rows each model is trained on, and the inner folds of those rows."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

OUTSIDE = -1


@dataclass(frozen=True)
class TrainingSets:
    """g training sets over n rows.

    `targets` is `[g, n]`; `inner` `[g, n]` is the inner fold of each training row, -1 elsewhere.
    `n_columns` consecutive sets have the same rows and share one strength: they are the classes
    of one training, each against the rest. `seen` `[g, n]` are training rows that are to be scored
    beside those that are left out, None for none.
    """

    targets: Tensor
    inner: Tensor
    n_columns: int = 1
    seen: Tensor | None = None

    def __len__(self) -> int:
        return len(self.inner)

    @property
    def n_trainings(self) -> int:
        """The number of sets, those that share a strength counted once."""
        return len(self) // self.n_columns

    @property
    def masks(self) -> Tensor:
        """Whether a row is trained on, `[g, n]`."""
        return self.inner != OUTSIDE

    @property
    def wanted(self) -> Tensor:
        """Whether a row is to be scored, `[g, n]`."""
        return ~self.masks if self.seen is None else ~self.masks | self.seen

    @property
    def distinct_masks(self) -> Tensor:
        """The masks of the trainings, `[n_trainings, n]`."""
        return self.masks[:: self.n_columns]

    @property
    def n_inner(self) -> int:
        """The number of inner folds."""
        return int(self.inner.max()) + 1

    def block(self, part: slice) -> TrainingSets:
        """The sets of some of the trainings."""
        sets = slice(part.start * self.n_columns, part.stop * self.n_columns)
        return self._at(sets)

    def trainings(self, numbers: Tensor) -> TrainingSets:
        """The sets of the trainings of these numbers."""
        columns = torch.arange(self.n_columns, device=numbers.device)
        sets = (numbers[:, None] * self.n_columns + columns).flatten()
        return self._at(sets)

    def _at(self, sets: slice | list[int] | Tensor) -> TrainingSets:
        seen = None if self.seen is None else self.seen[sets]
        return replace(self, targets=self.targets[sets], inner=self.inner[sets], seen=seen)

    def of_rows(self, rows: Tensor) -> TrainingSets:
        """The same sets over the rows of these numbers alone."""
        seen = None if self.seen is None else self.seen[:, rows]
        return replace(self, targets=self.targets[:, rows], inner=self.inner[:, rows], seen=seen)

    def some(self, places: list[int]) -> TrainingSets:
        """The sets of trainings at these places, each of one column."""
        return self._at(places)

    def inner_masks(self, sets: Tensor) -> tuple[Tensor, Tensor]:
        """Rows trained on and held out, `[len(sets) * n_inner, n]` each, inner fold fastest."""
        inner = self.inner[sets].unsqueeze(1)
        held_out = inner == torch.arange(self.n_inner, device=inner.device)[:, None]
        trained = (inner != OUTSIDE) & ~held_out
        return trained.flatten(0, 1), held_out.flatten(0, 1)

    @property
    def inner_sets(self) -> TrainingSets:
        """Each set without one of its inner folds, inner fold fastest."""
        every = torch.arange(len(self), device=self.inner.device)
        trained, _ = self.inner_masks(every)
        inner = self.inner.repeat_interleave(self.n_inner, 0).masked_fill(~trained, OUTSIDE)
        return TrainingSets(self.targets.repeat_interleave(self.n_inner, 0), inner, self.n_columns)

    @property
    def inner_trainings(self) -> TrainingSets:
        """Each training without one of its inner folds, inner fold slower than its columns."""
        inner_sets = self.inner_sets
        order = torch.arange(len(inner_sets), device=self.inner.device)
        order = order.view(-1, self.n_columns, self.n_inner).mT.flatten()
        return TrainingSets(inner_sets.targets[order], inner_sets.inner[order], self.n_columns)

    def held_out(self, values: Tensor) -> Tensor:
        """Of values `[g * n_inner, ..., n]` of `inner_sets` those of the rows that they leave out.

        They come for each set, `[g, ..., n]`; rows outside it are 0.
        """
        _, held_out = self.inner_masks(torch.arange(len(self), device=values.device))
        shape = (len(held_out), *(1 for _ in values.shape[2:]), values.shape[-1])
        kept = torch.where(held_out.view(shape), values, 0)
        return kept.view(len(self), self.n_inner, *values.shape[1:]).sum(1)

    def against_rest(self, n_classes: int) -> TrainingSets:
        """Targets of -1 and 1: class 1 or not, or for more classes each against the rest."""
        if n_classes == 2:
            return replace(self, targets=2.0 * self.targets.to(torch.float64) - 1)
        classes = torch.arange(n_classes, device=self.inner.device)[:, None]
        own = (self.targets.unsqueeze(1) == classes).to(torch.float64)
        return self.in_columns((2 * own - 1).flatten(0, 1), n_classes)

    def in_columns(self, targets: Tensor, n_columns: int) -> TrainingSets:
        """The same rows with several columns of targets `[g * n_columns, n]` for each set."""
        inner = self.inner.repeat_interleave(n_columns, 0)
        seen = None if self.seen is None else self.seen.repeat_interleave(n_columns, 0)
        return TrainingSets(targets, inner, n_columns, seen)
