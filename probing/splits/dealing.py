"""Deal whole groups of rows to parts, so that every part has its share of every stratum."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.int64]
N_BINS = 10


def strata_of(targets: NDArray[np.generic], task: str) -> Whole:
    """What parts are balanced by, `[n_rows]`: the class, or the target's decile."""
    values: NDArray[np.generic] = targets
    if task == "regression":
        edges = np.quantile(targets.astype(np.float64), np.linspace(0, 1, N_BINS + 1)[1:-1])
        values = np.searchsorted(edges, targets)
    strata: Whole = np.unique(values, return_inverse=True)[1]
    return strata


def deal(groups: Whole, strata: Whole, shares: Sequence[float], seed: int) -> Whole:
    """The part of every row, `[n_rows]`; part k gets about `shares[k]` of every stratum.

    Groups that are alike in their strata are dealt in turn; what is left over goes, one group
    after another and the largest first, where its strata are scarcest.
    """
    rng = np.random.default_rng(seed)
    weights = np.asarray(shares, dtype=np.float64) / np.sum(shares)
    ids = np.unique(groups, return_inverse=True)[1]
    counts = np.zeros((int(ids.max()) + 1, int(strata.max()) + 1), dtype=np.int64)
    np.add.at(counts, (ids, strata), 1)
    return _dealt(counts, weights, rng)[ids]


def _dealt(counts: Whole, weights: NDArray[np.float64], rng: np.random.Generator) -> Whole:
    """The part of every group; `counts` is `[n_groups, n_strata]`."""
    kinds, kind_of = np.unique(counts, axis=0, return_inverse=True)
    part = np.full(len(counts), -1, dtype=np.int64)
    held = np.zeros((len(weights), counts.shape[1]))
    left: list[int] = []
    for kind, vector in enumerate(kinds):
        members = rng.permutation(np.flatnonzero(kind_of.ravel() == kind))
        whole = np.floor(len(members) * weights + 1e-9).astype(np.int64)
        part[members[: whole.sum()]] = np.repeat(np.arange(len(weights)), whole)
        held += whole[:, None] * vector
        left += members[whole.sum() :].tolist()
    _place(left, counts, weights, held, part, rng)
    return part


def _place(
    left: list[int],
    counts: Whole,
    weights: NDArray[np.float64],
    held: NDArray[np.float64],
    part: Whole,
    rng: np.random.Generator,
) -> None:
    """Put each remaining group where, weighed by share, its strata and rows are scarcest."""
    totals = np.maximum(counts.sum(axis=0), 1).astype(np.float64)
    order = rng.permutation(np.asarray(left, dtype=np.int64))
    for group in order[np.argsort(-counts[order].sum(axis=1), kind="stable")].tolist():
        vector = counts[group]
        scarcity = (held / totals) @ (vector / totals)
        scarcity += held.sum(1) * vector.sum() / totals.sum() ** 2
        fullness = scarcity / weights
        best = rng.permutation(np.flatnonzero(fullness <= fullness.min() + 1e-15))[0]
        part[group] = best
        held[best] += vector
