"""Groups: texts that must stay on one side of a split, given as a group or repeated."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def same_text(text: str) -> str:
    """The text with its white space normalised: equal for texts that differ in nothing else."""
    joined = " ".join(text.split())
    return text if joined == text else joined  # no second copy of nearly every text


def group_numbers(texts: Sequence[str], *given: Sequence[Any] | None) -> NDArray[np.int64]:
    """Group numbers `[n_texts]`, counted from 0 in order of appearance.

    Rows that share a given group or a text are in one group, and so are rows that a chain of
    such pairs links (union-find). An empty group is a group of its own.
    """
    parents = list(range(len(texts)))
    known = {text: same_text(text) for text in dict.fromkeys(texts)}
    _link(parents, (known[text] for text in texts))
    for values in given:
        _link(parents, (None if is_empty(one) else key_of(one) for one in values or ()))
    numbers: dict[int, int] = {}
    roots = (_root(parents, at) for at in range(len(texts)))
    return np.asarray([numbers.setdefault(root, len(numbers)) for root in roots], dtype=np.int64)


def group_names(given: Sequence[Any] | None) -> tuple[str, ...]:
    """The given groups as texts, empty for a row without one."""
    return tuple("" if is_empty(one) else str(one) for one in given or ())


def _link(parents: list[int], keys: Iterable[Hashable | None]) -> None:
    first: dict[Hashable, int] = {}
    for at, key in enumerate(keys):
        if key is not None and (before := first.setdefault(key, at)) != at:
            one, two = _root(parents, before), _root(parents, at)
            parents[max(one, two)] = min(one, two)


def _root(parents: list[int], at: int) -> int:
    while parents[at] != at:
        parents[at] = at = parents[parents[at]]
    return at


def is_empty(value: Any) -> bool:
    """Whether a cell of a table says nothing."""
    return value is None or value != value or (isinstance(value, str) and not value.strip())


def key_of(value: Any) -> Hashable:
    """What tells a value from others."""
    return value if isinstance(value, Hashable) else repr(value)
