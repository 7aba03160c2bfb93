"""Whether a dataset has the pairs that a classifier compares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from probing.registry import CLASSIFIERS

if TYPE_CHECKING:
    from probing.datasets import DatasetFacts

ALL = ", ".join(name for name, entry in CLASSIFIERS.items() if entry.needs_pairs)
_BY_HALVES = ("CCS", "CRCTPC")


def lacks_pairs(classifier: str, facts: DatasetFacts) -> str:
    """Why a dataset has nothing to compare for a classifier; empty where it has."""
    if not _needs_pairs(classifier):
        return ""
    if not facts.n_pairs:
        hint = 'name the column that exactly two texts share with pair = "..."'
        return f"has no pairs of one text of each class, which {ALL} compare; {hint}"
    if classifier in _BY_HALVES and facts.halves_tell:
        names = " and ".join(_BY_HALVES)
        return f"has halves that tell the class, which {names} do not serve; leave out half"
    return ""


def texts_in_no_pair(classifier: str, facts: DatasetFacts) -> int:
    """How many texts a classifier of pairs cannot compare."""
    return facts.n_rows - 2 * facts.n_pairs if _needs_pairs(classifier) else 0


def _needs_pairs(classifier: str) -> bool:
    return classifier in CLASSIFIERS and CLASSIFIERS[classifier].needs_pairs
