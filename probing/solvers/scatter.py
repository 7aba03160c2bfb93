"""Scatter matrices of many training sets, from one of all rows less what each leaves out."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from probing.solvers.gram import gram, less_gram
from probing.solvers.lazy import lazy
from probing.solvers.training_sets import TrainingSets

# the relative error of a variance that tells a difference of sums from one that cancelled
_CANCELLED = 1e-12


class Scatters:
    """Scatter about class means of subsets of `rows` `[n]` (a mask) of `X` `[n, d]`, lower."""

    def __init__(self, X: Tensor, rows: Tensor) -> None:
        self.X, self.rows = X, rows

    @lazy
    def _total(self) -> Tensor:
        return gram(self.X[self.rows])

    def of(self, masks: Tensor, means: Tensor, variances: Tensor) -> Tensor:
        """The scatter of each subset within its classes, `[b, d, d]`.

        `masks` is `[b, k, n]`, one for each class, `means` and `variances` are `[b, k, d]`.
        A sum is taken over what is left out or over what is kept, whichever are fewer rows; where
        the difference cancels, the subset's own rows are summed.
        """
        counts = masks.sum(2, keepdim=True, dtype=self.X.dtype)
        centres = means * counts.sqrt()
        kept = masks.any(1)
        left_out = self.rows & ~kept
        if int(left_out.sum(1).amax()) < int(kept.sum(1).amax()):
            away = torch.cat([_padded(self.X, left_out), centres], 1)
            scatter = less_gram(self._total, away)
        else:
            scatter = gram(_padded(self.X, kept)) - gram(centres)
        expected = (variances * counts).sum(1)
        error = (scatter.diagonal(dim1=1, dim2=2) - expected).abs()
        cancelled = (error > _CANCELLED * expected).any(1)
        for at in cancelled.nonzero().flatten().tolist():
            scatter[at] = gram(about_means(self.X, masks[at], means[at]))
        return scatter


Family = tuple[Tensor, list[Scatters]]


def class_families(X: Tensor, sets: TrainingSets, n_classes: int) -> Iterator[Family]:
    """The places of the training sets with the same targets, and scatters for each class."""
    labellings, labelling = torch.unique(sets.targets, dim=0, return_inverse=True)
    for at, targets in enumerate(labellings):
        members = (labelling == at).nonzero().flatten()
        yield members, [Scatters(X, targets == c) for c in range(n_classes)]


def about_means(X: Tensor, masks: Tensor, means: Tensor) -> Tensor:
    """The rows of classes `[k, n]`, class after class, less the mean of their class `[k, d]`."""
    return torch.cat([X[mask] - mean for mask, mean in zip(masks, means, strict=True)])


def _padded(X: Tensor, masks: Tensor) -> Tensor:
    """The rows of every mask `[b, n]`, zeros after them, `[b, p, d]`."""
    at, there = padded_rows(masks)
    return X[at] * there.unsqueeze(2)


def padded_rows(masks: Tensor) -> tuple[Tensor, Tensor]:
    """The indices of the rows in every mask `[b, n]`, and which are no padding, `[b, p]`."""
    longest = int(masks.sum(1).amax())
    there, at = masks.to(torch.uint8).sort(dim=1, descending=True, stable=True)
    return at[:, :longest], there[:, :longest].bool()
