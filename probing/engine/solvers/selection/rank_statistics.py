"""What the ranks of a feature tell of the classes: AUROC and mutual information."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from probing.engine.solvers.rows.memory_budget import blocks
from probing.engine.solvers.rows.streamed_rows import Rows
from probing.engine.solvers.rows.training_sets import TrainingSets

N_BINS = 8
_WORKING_ARRAYS = 8


def auroc_distance(X: Rows, sets: TrainingSets, n_classes: int) -> Tensor:
    """`|2 AUROC - 1|` of each feature in each training set, `[g, d]`.

    Of more than two classes the mean of each against the rest.
    """
    found = X.whole.new_zeros(len(sets), X.shape[1])
    classes = range(1, n_classes) if n_classes == 2 else range(n_classes)
    for at, columns, mask, ranks in _ranked(X, sets):
        n = float(mask.sum())
        for one in classes:
            own = mask & (sets.targets[at] == one)
            n_own = float(own.sum())
            if 0 < n_own < n:
                above = ranks[own].sum(0) - n_own * (n_own + 1) / 2
                found[at, columns] += (2 * above / (n_own * (n - n_own)) - 1).abs() / len(classes)
    return found


def mutual_information(X: Rows, sets: TrainingSets, n_classes: int) -> Tensor:
    """Nats that a feature, in eight bins of equally many training rows, tells of the class.

    `[g, d]`, from the counts as they are; equal values share a bin.
    """
    found = X.whole.new_zeros(len(sets), X.shape[1])
    for at, columns, mask, ranks in _ranked(X, sets):
        rows = mask.nonzero().squeeze(1)
        bins = ((ranks[rows] - 0.5) * N_BINS / len(rows)).long().clamp_(0, N_BINS - 1)
        counts = found.new_zeros(n_classes, N_BINS, bins.shape[1])
        for one in range(n_classes):
            own = bins[sets.targets[at, rows] == one]
            counts[one].scatter_add_(0, own, torch.ones_like(own, dtype=counts.dtype))
        joint = counts / len(rows)
        apart = joint.sum(0, keepdim=True) * joint.sum(1, keepdim=True)
        found[at, columns] = torch.xlogy(joint, joint / apart.clamp_min(1e-300)).sum((0, 1))
    return found.clamp_min_(0)


def _ranked(X: Rows, sets: TrainingSets) -> Iterator[tuple[int, slice, Tensor, Tensor]]:
    """For each training set and some columns its rows, and the midranks `[n, c]` among these.

    All rows are sorted once; those that a set leaves out count for nothing.
    """
    n, d = X.shape
    for columns in blocks(d, n * 8 * _WORKING_ARRAYS, X.device):
        values, order = X.whole[:, columns].sort(dim=0)
        first, last = _ties(values)
        for at, mask in enumerate(sets.masks):
            there = mask[order].to(torch.float64)
            counted = there.cumsum(0)
            before = (counted - there).gather(0, first)
            ranks = (before + counted.gather(0, last) + 1) / 2
            yield at, columns, mask, torch.empty_like(ranks).scatter_(0, order, ranks)


def _ties(values: Tensor) -> tuple[Tensor, Tensor]:
    """The first and the last place of the values equal to each, in sorted columns `[n, c]`."""
    n = len(values)
    places = torch.arange(n, device=values.device)[:, None].expand_as(values)
    differs = values[1:] != values[:-1]
    edge = torch.ones_like(values[:1], dtype=torch.bool)
    begins, ends = torch.cat([edge, differs]), torch.cat([differs, edge])
    first = torch.where(begins, places, 0).cummax(0).values
    last = torch.where(ends, places, n - 1).flip(0).cummin(0).values.flip(0)
    return first, last
