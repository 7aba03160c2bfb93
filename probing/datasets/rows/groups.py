"""Groups: texts that must stay on one side of a split, given as a group or repeated."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from probing.datasets.rows.equal_rows import first_rows, numbered, roots


def same_text(text: str) -> str:
    """The text with its white space normalised: equal for texts that differ in nothing else."""
    joined = " ".join(text.split())
    return text if joined == text else joined  # no second copy of nearly every text


def group_numbers(texts: Sequence[str], *given: Sequence[Any] | None) -> NDArray[np.int64]:
    """Group numbers `[n_texts]`, counted from 0 in order of appearance.

    Rows that share a given group or a text are in one group, and so are rows that a chain of
    such pairs links (union-find). An empty group is a group of its own.
    """
    n_rows = len(texts)
    every = [first_rows(texts, same_text)]
    for values in given:
        every += [] if values is None else [_firsts_of_given(values)]
    if len(every) == 1:
        return numbered(every[0])
    rows = np.arange(n_rows)
    pairs = [np.stack([rows, firsts], axis=1)[firsts != rows] for firsts in every]
    return numbered(roots(n_rows, np.concatenate(pairs)))


def _firsts_of_given(values: Sequence[Any]) -> NDArray[np.int64]:
    """For each row the first one of the same given group; itself where it has none."""
    rows = np.asarray([at for at, one in enumerate(values) if not is_empty(one)], dtype=np.int64)
    found = np.arange(len(values))
    found[rows] = rows[first_rows([key_of(values[at]) for at in rows.tolist()])]
    return found


def group_names(given: Sequence[Any] | None) -> tuple[str, ...]:
    """The given groups as texts, empty for a row without one."""
    return tuple("" if is_empty(one) else str(one) for one in given or ())


def is_empty(value: Any) -> bool:
    """Whether a cell of a table says nothing."""
    return value is None or value != value or (isinstance(value, str) and not value.strip())


def key_of(value: Any) -> Hashable:
    """What tells a value from others."""
    return value if isinstance(value, Hashable) else repr(value)
