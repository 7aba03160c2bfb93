"""Sizes of a classifier as an axis: one entry with a list of them stands for one of each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from probing.errors import SpecError
from probing.spec.entries import ClassifierSpec

# the parameter that is the size of a classifier, and the sizes without one
AXES: Mapping[str, str] = {"KSparse": "k", "LowRank": "rank", "PCALogistic": "n_components"}
USUAL: Mapping[str, tuple[int, ...]] = {
    "KSparse": tuple(2**at for at in range(9)),
    "LowRank": (1, 2, 4, 8),
}
MOST = 100
_SIZE = re.compile(rf"\((?:.*, )?(?:{'|'.join(sorted(set(AXES.values())))})=(\d+)(?:, .*)?\)$")


def every_classifier(entries: Iterable[ClassifierSpec]) -> tuple[ClassifierSpec, ...]:
    """The entries, each with a list of sizes (or with none, where all are usual) as one of each.

    Raises `SpecError` for an empty list, or more than a hundred sizes.
    """
    return tuple(one for entry in entries for one in _of(entry))


def _of(entry: ClassifierSpec) -> Iterator[ClassifierSpec]:
    axis = AXES.get(entry.name)
    if axis is None:
        yield entry
        return
    given = entry.parameters.get(axis, USUAL.get(entry.name))
    if not isinstance(given, (list, tuple)):
        yield entry
        return
    if not 0 < len(given) <= MOST:
        what = f"{entry.name}: {axis} lists {len(given)} sizes"
        raise SpecError(what, where="classifiers", hint=f"list 1 to {MOST}")
    for size in dict.fromkeys(given):
        yield replace(entry, parameters={**entry.parameters, axis: size})


def size_of(classifier: str) -> int | None:
    """The size that the label of a classifier tells, or None."""
    found = _SIZE.search(classifier)
    return int(found[1]) if found else None


def family_of(classifier: str) -> str:
    """The label of a classifier without its size: that of its axis."""
    found = _SIZE.search(classifier)
    if not found:
        return classifier
    start = classifier.rfind("(")
    kept = [one for one in classifier[start + 1 : -1].split(", ") if not _is_size(one)]
    return classifier[:start] + (f"({', '.join(kept)})" if kept else "")


def _is_size(option: str) -> bool:
    return option.partition("=")[0] in AXES.values()


def tells_size(entry: ClassifierSpec) -> dict[str, Any]:
    """The parameters that the label of an entry always tells: its size, where it has usual ones."""
    axis = AXES.get(entry.name, "") if entry.name in USUAL else ""
    return {axis: entry.parameters[axis]} if axis in entry.parameters else {}
