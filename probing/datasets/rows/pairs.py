"""Pairs: two texts that differ in what is probed, and which form of its pair a text is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from probing.datasets.formats.table import Table
from probing.datasets.rows.groups import is_empty, key_of
from probing.errors import DatasetError

Ints = NDArray[np.int64]
ALONE = -1


def partners_of(values: Sequence[Any] | None, n_texts: int) -> Ints:
    """For each text the row of the other one of its pair, `[n_texts]`; -1 where it has none.

    A pair is a value that exactly two rows have.
    """
    partners = np.full(n_texts, ALONE, dtype=np.int64)
    members: dict[Any, list[int]] = {}
    for at, value in enumerate(values or ()):
        if not is_empty(value):
            members.setdefault(key_of(value), []).append(at)
    for rows in members.values():
        if len(rows) == 2:
            partners[rows] = rows[::-1]
    return partners


def halves_of(table: Table, column: str, partners: Ints) -> Ints:
    """Which half of its pair each text is, `[n_texts]`: 0 or 1, in the order of the two values.

    Raises `DatasetError` for a column of other than two values, or a pair of twice the same.
    """
    values = list(map(str, table.columns[column]))
    names, halves = np.unique(values, return_inverse=True)
    if len(names) != 2:
        what = f"column {column!r} has {len(names)} values, but a pair has two halves"
        raise DatasetError(what, where=table.source, hint="name a column of two values with half")
    paired = np.flatnonzero(partners != ALONE)
    same = paired[halves[paired] == halves[partners[paired]]]
    if len(same):
        what = f"{len(same) // 2} pairs have the same {column!r} twice"
        raise table.error(int(same[0]), what, "the two texts of a pair must differ in it")
    return halves.astype(np.int64)


def renumbered(partners: Ints, rows: Ints) -> Ints:
    """The partners among the rows that are kept, counted anew."""
    new = np.full(len(partners) + 1, ALONE, dtype=np.int64)
    new[rows] = np.arange(len(rows))
    return new[partners[rows]]


def contrasts(partners: Ints, targets: NDArray[Any]) -> Ints:
    """The partners of texts whose partner is of the other class; -1 for every other text."""
    differ = (partners != ALONE) & (targets != targets[partners])
    return np.where(differ, partners, ALONE)
