"""Which rows are equal, and which a chain of pairs joins: as arrays, a few bytes for each row."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

_HALF, _LOW = np.uint64(32), 2**32 - 1

Ints = NDArray[np.int64]
Hashes = NDArray[np.uint64]


def first_rows(values: Sequence[Any], key: Callable[[Any], Hashable] = lambda one: one) -> Ints:
    """For each row the first one with an equal key, `[n_rows]`; itself where none is before it.

    `key` makes the keys of the values: no two are held at once but those of rows that are alike.
    """
    marks = _marks(np.fromiter(map(hash, map(key, values)), np.int64, len(values)))
    found, first = np.arange(len(values)), dict[Hashable, int]()
    for at in np.unique(rows_alike(marked(marks))).tolist():
        found[at] = first.setdefault(key(values[at]), at)
    return found


def _marks(hashes: Ints) -> NDArray[np.uint32]:
    """32 bits of each hash."""
    hashes ^= hashes >> 32
    return hashes.astype(np.uint32)


def different_rows(values: Sequence[Hashable]) -> Ints:
    """The first row of each value, `[n_different]`."""
    return np.flatnonzero(first_rows(values) == np.arange(len(values)))


def marked(marks: NDArray[np.uint32], rows: NDArray[np.integer] | None = None) -> Hashes:
    """Marks with their rows behind them, `[n]`; a row may have several. Without `rows` each of
    them has one."""
    both = marks.astype(np.uint64)
    both <<= _HALF
    both |= (np.arange(len(marks)) if rows is None else rows).astype(np.uint32)
    return both


def rows_alike(marked: Hashes) -> Ints:
    """The rows with a mark that another row has too, in no order, some of them repeatedly.

    `marked` `[n]` are marks with their rows.
    """
    both = np.sort(marked)
    same = _is_next((both >> _HALF).astype(np.uint32)) & ~_is_next(both)
    again = np.zeros(len(both), dtype=np.bool_)
    again[1:] |= same
    again[:-1] |= same
    return (both[again] & np.uint64(_LOW)).astype(np.int64)


def _is_next(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Whether each value is followed by an equal one, `[n - 1]`."""
    return np.asarray(values[1:] == values[:-1])


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
