"""Which rows are equal, and which a chain of pairs joins: as arrays, a few bytes for each row."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

_HALF = np.uint64(32)

Ints = NDArray[np.int64]


def first_rows(keys: Sequence[Hashable]) -> Ints:
    """For each row the first one with an equal key, `[n_rows]`; itself where none is before it."""
    rows = np.arange(len(keys))
    hashes = np.fromiter(map(hash, keys), np.int64, len(keys)).view(np.uint64)
    marks = (hashes ^ (hashes >> _HALF)).astype(np.uint32)
    found, first = rows.copy(), dict[Hashable, int]()
    for at in np.unique(rows_alike(marks, rows)).tolist():
        found[at] = first.setdefault(keys[at], at)
    return found


def different_rows(keys: Sequence[Hashable]) -> Ints:
    """The first row of each key, `[n_different]`."""
    return np.flatnonzero(first_rows(keys) == np.arange(len(keys)))


def rows_alike(marks: NDArray[np.uint32], rows: NDArray[np.integer]) -> Ints:
    """The rows with a mark that another row has too, in no order, some of them repeatedly.

    `marks` and `rows` are `[n]`; a row may have several marks.
    """
    both = (marks.astype(np.uint64) << _HALF) | rows.astype(np.uint64)
    both.sort()
    same = (np.diff(both >> _HALF) == 0) & (np.diff(both) != 0)
    again = np.zeros(len(both), dtype=np.bool_)
    again[1:] |= same
    again[:-1] |= same
    return (both[again] & np.uint64(2**32 - 1)).astype(np.int64)


def roots(n: int, pairs: Ints) -> Ints:
    """For each of `n` things the first one that a chain of `pairs` `[n_pairs, 2]` joins it to."""
    found = np.arange(n)
    while True:
        ends = found[pairs]
        low, high = ends.min(axis=1, initial=n), ends.max(axis=1, initial=-1)
        if (low == high).all():
            return found
        np.minimum.at(found, high, low)
        while not np.array_equal(found, further := found[found]):
            found = further


def numbered(firsts: Ints) -> Ints:
    """Numbers of groups in their order of appearance, of the first row of each row's group."""
    is_first = firsts == np.arange(len(firsts))
    return (np.cumsum(is_first) - 1)[firsts]
