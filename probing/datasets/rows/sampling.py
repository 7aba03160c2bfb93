"""Sample rows for `limit`: whole groups, classes in proportion, the same rows every time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_BINS = 10

Ints = NDArray[np.int64]


def sample_rows(
    strata: Ints, classes: Ints, groups: Ints, limit: int, seed: int = 0, n_folds: int = 1
) -> Ints:
    """Sorted indices of at most `limit` rows; all arrays are `[n_rows]`.

    Groups queue so that each stratum comes in proportion to its rows (a systematic sample), but
    the first `n_folds` of every class go ahead; groups that still fit are taken in that order.
    """
    shuffled = np.random.default_rng(seed).permutation(int(groups.max()) + 1)
    sizes = np.bincount(groups)
    stratum, label = _majority(strata, groups), _majority(classes, groups)
    places = _places(stratum[shuffled], sizes[shuffled])
    turns = _turns(label[shuffled])
    places = np.where(turns < n_folds, turns - n_folds, places)
    queue = shuffled[np.argsort(places, kind="stable")]
    kept = _fitting(queue, sizes, limit)
    return np.flatnonzero(np.isin(groups, kept)).astype(np.int64)


def quantile_bins(targets: NDArray[np.float64]) -> Ints:
    """Ten bins of equal counts, for strata of a continuous target."""
    ranks = np.argsort(np.argsort(targets, kind="stable"), kind="stable")
    return (ranks * _BINS // len(targets)).astype(np.int64)


def combined(one: Ints, two: Ints) -> Ints:
    """A number for each pair of values that occurs."""
    pairs = np.stack([one, two], axis=1)
    return np.unique(pairs, axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)


def _majority(values: Ints, groups: Ints) -> Ints:
    counts = np.stack([groups, values], axis=1)
    pairs, n_rows = np.unique(counts, axis=0, return_counts=True)
    order = np.lexsort((pairs[:, 1], -n_rows, pairs[:, 0]))
    _, firsts = np.unique(pairs[order, 0], return_index=True)
    major: Ints = pairs[order, 1][firsts]
    return major


def _places(strata: Ints, sizes: Ints) -> NDArray[np.float64]:
    places = np.empty(len(strata))
    for stratum in np.unique(strata):
        members = np.flatnonzero(strata == stratum)
        ends = np.cumsum(sizes[members])
        places[members] = (ends - sizes[members] / 2) / ends[-1]
    return places


def _turns(labels: Ints) -> NDArray[np.float64]:
    """How many of its class come before each, in their order."""
    turns = np.empty(len(labels))
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        turns[members] = np.arange(len(members))
    return turns


def _fitting(queue: Ints, sizes: Ints, limit: int) -> Sequence[int]:
    kept, room = [], limit
    for group in queue:
        if sizes[group] <= room:
            kept.append(int(group))
            room -= int(sizes[group])
    return kept
