"""Scatter matrices of many training sets: that of all rows, minus the rows left out."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from probing.engine.solvers.rows.gram import add_gram, gram_of
from probing.engine.solvers.rows.lazy_attributes import lazy
from probing.engine.solvers.rows.memory_budget import budget_bytes
from probing.engine.solvers.rows.streamed_rows import Rows
from probing.engine.solvers.rows.training_sets import TrainingSets

# the relative error of a variance that tells a difference of sums from one that cancelled
_CANCELLED = {torch.float64: 1e-12, torch.float32: 1e-5}


class Scatters:
    """Scatter about class means of subsets of `rows` `[n]` (a mask) of `X` `[n, d]`, lower.

    `total` is the sum over all these rows, where it is known; unless it `keeps` that, every
    subset is summed by itself. `dtype` is the precision of the sums.
    """

    def __init__(
        self,
        X: Rows,
        rows: Tensor,
        total: Tensor | None = None,
        *,
        keeps: bool = True,
        dtype: torch.dtype = torch.float64,
    ) -> None:
        self.X, self.rows, self._known, self.keeps, self.dtype = X, rows, total, keeps, dtype

    @lazy
    def single(self) -> Scatters:
        """The same in single precision."""
        return Scatters(self.X, self.rows, keeps=self.keeps, dtype=torch.float32)

    @lazy
    def _total(self) -> Tensor:
        return gram_of(self.X, self.rows, self.dtype) if self._known is None else self._known

    def sum_of(self, rows: Tensor) -> Tensor:
        """The sum over some of the rows, about no mean, `[d, d]`."""
        if int(rows.sum()) * 2 < int(self.rows.sum()):
            return gram_of(self.X, rows)
        total = self._total.clone()
        self._add(total[None], (self.rows & ~rows)[None], -1)
        return total

    def of(self, masks: Tensor, means: Tensor, variances: Tensor) -> Tensor:
        """The scatter of each subset within its classes, `[b, d, d]`.

        `masks` is `[b, k, n]`, one for each class, `means` and `variances` are `[b, k, d]`.
        A sum is taken over what is left out or over what is kept, whichever are fewer rows; where
        the difference cancels, the subset's own rows are summed.
        """
        scatter, cancelled = self.differences(masks, means, variances)
        for at in cancelled.nonzero().flatten().tolist():
            scatter[at] = scatter_about(self.X, masks[at], means[at])
        return scatter

    def differences(self, masks: Tensor, means: Tensor, variances: Tensor) -> tuple[Tensor, Tensor]:
        """As `of`, in the precision of the sums, and where the difference cancels, `[b]`."""
        counts = masks.sum(2, keepdim=True, dtype=torch.float64)
        kept = masks.any(1)
        left_out = self.rows & ~kept
        subtracts = self.keeps and int(left_out.sum(1).amax()) < int(kept.sum(1).amax())
        if subtracts:
            scatter = self._total.repeat(len(masks), 1, 1)
            self._add(scatter, left_out, -1)
        else:
            scatter = means.new_zeros(len(masks), *2 * self.X.shape[1:], dtype=self.dtype)
            self._add(scatter, kept, 1)
        for one, centres in zip(scatter, means * counts.sqrt(), strict=True):
            add_gram(one, centres.to(self.dtype), -1)
        expected = (variances * counts).sum(1)
        error = (scatter.diagonal(dim1=1, dim2=2) - expected).abs()
        return scatter, (error > _CANCELLED[self.dtype] * expected).any(1)

    def _add(self, scatter: Tensor, masks: Tensor, sign: int) -> None:
        for at, rows in self.X.pieces():
            for one, mask in zip(scatter, masks[:, at], strict=True):
                add_gram(one, rows[mask].to(self.dtype), sign)


Family = tuple[Tensor, list[Scatters]]


def class_families(X: Rows, sets: TrainingSets, n_classes: int) -> Iterator[Family]:
    """The places of the training sets with the same targets, and scatters for each class.

    The sums over whole classes are kept as far as they are small: of many classes each is so
    small a part that it is soon summed anew.
    """
    keeps = n_classes * X.shape[1] ** 2 * 8 <= budget_bytes(X.device)
    labellings, labelling = torch.unique(sets.targets, dim=0, return_inverse=True)
    for at, targets in enumerate(labellings):
        members = (labelling == at).nonzero().flatten()
        yield members, [Scatters(X, targets == c, keeps=keeps) for c in range(n_classes)]


def scatter_about(X: Rows, masks: Tensor, means: Tensor) -> Tensor:
    """The scatter of classes `[k, n]` of rows, each about its mean `[k, d]`: from differences."""
    scatter = means.new_zeros(*2 * X.shape[1:])
    for mask, mean in zip(masks, means, strict=True):
        for _, rows in X.chosen(mask):
            add_gram(scatter, rows - mean)
    return scatter


def about_means(X: Rows, masks: Tensor, means: Tensor) -> Tensor:
    """The rows of classes `[k, n]`, class after class, less the mean of their class `[k, d]`."""
    return torch.cat([X.of(mask) - mean for mask, mean in zip(masks, means, strict=True)])


def padded_rows(masks: Tensor) -> tuple[Tensor, Tensor]:
    """The indices of the rows in every mask `[b, n]`, and which are no padding, `[b, p]`."""
    longest = int(masks.sum(1).amax())
    there, at = masks.to(torch.uint8).sort(dim=1, descending=True, stable=True)
    return at[:, :longest], there[:, :longest].bool()
