"""Deal whole groups to parts, so that every part gets its share of every stratum."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.int64]
Shares = NDArray[np.float64]
N_BINS = 10
SIZE_JITTER = 0.5


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

    `strata` are `[n_rows]`, or `[n_rows, n_targets]` with -1 where a row has no such target:
    then every part gets its share of the strata of each (Sechidis et al. 2011, "On the
    stratification of multi-label data").

    Groups that are alike in their strata are dealt together, in proportion to what each part
    still misses, and the remainder one by one to where most is missing. Large groups go before
    small ones, which even out, but with sizes shaken so that another seed gives another split.
    """
    weights = np.asarray(shares, dtype=np.float64) / np.sum(shares)
    ids = np.unique(groups, return_inverse=True)[1]
    counts = _counts(ids, strata)
    return _Dealer(counts, weights, np.random.default_rng(seed)).dealt()[ids]


def _counts(ids: Whole, strata: Whole) -> Whole:
    """Rows of every group in every stratum of every target, `[n_groups, n_strata]`."""
    columns = strata.reshape(len(strata), -1).T
    return np.hstack([_counts_of_one(ids, column) for column in columns])


def _counts_of_one(ids: Whole, strata: Whole) -> Whole:
    shape = int(ids.max()) + 1, int(strata.max()) + 1
    cells = (ids * shape[1] + strata)[strata >= 0]
    return np.bincount(cells, minlength=shape[0] * shape[1]).reshape(shape)


class _Dealer:
    """Deals groups with `counts` `[n_groups, n_strata]` to parts with `weights` `[n_parts]`."""

    def __init__(self, counts: Whole, weights: Shares, rng: np.random.Generator) -> None:
        self.counts, self.weights, self.rng = counts, weights, rng
        self.totals = np.maximum(counts.sum(axis=0), 1).astype(np.float64)
        self.missing = weights[:, None] * self.totals
        self.part = np.full(len(counts), -1, dtype=np.int64)

    def dealt(self) -> Whole:
        """The part of every group."""
        kinds = self._kinds()
        sizes = np.array([self.counts[kind[0]].sum() for kind in kinds])
        shaken = sizes * self.rng.lognormal(0, SIZE_JITTER, len(kinds))
        for at in np.argsort(-shaken):
            self._deal_kind(self.rng.permutation(kinds[at]))
        return self.part

    def _kinds(self) -> list[Whole]:
        """Indices of the groups, those with the same counts together."""
        keys = np.random.default_rng(0).integers(2**62, size=self.counts.shape[1])
        marks = self.counts @ keys  # wraps; two kinds share a mark by a chance of 2**-62
        order = np.argsort(marks, kind="stable")
        return np.split(order, np.flatnonzero(np.diff(marks[order])) + 1)

    def _deal_kind(self, members: Whole) -> None:
        vector = self.counts[members[0]]
        want = np.clip(self.missing @ (vector / self.totals**2), 0, None)
        shares = want / want.sum() if want.sum() > 0 else self.weights
        n_each = np.floor(len(members) * shares + 1e-9).astype(np.int64)
        n_dealt = int(n_each.sum())
        self.part[members[:n_dealt]] = np.repeat(np.arange(len(shares)), n_each)
        self.missing -= n_each[:, None] * vector
        for group in members[n_dealt:].tolist():
            self._place(group, vector)

    def _place(self, group: int, vector: Whole) -> None:
        """Put a group where most is missing of its strata and of rows at large."""
        want = self.missing @ (vector / self.totals**2)
        want += self.missing.sum(axis=1) * vector.sum() / self.totals.sum() ** 2
        best = self.rng.permutation(np.flatnonzero(want >= want.max() - 1e-12))[0]
        self.part[group] = best
        self.missing[best] -= vector
