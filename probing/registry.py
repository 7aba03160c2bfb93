"""What can be picked by name: a static table, so that showing it imports nothing heavy.

Tests hold the table against the signatures of the classes it names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from probing.errors import SpecError, nearest

CLASSIFICATION = ("binary", "multiclass")
EVERY_TASK = ("binary", "multiclass", "regression")


@dataclass(frozen=True)
class Parameter:
    """One parameter of a classifier: its default and what it means."""

    name: str
    default: Any
    meaning: str


@dataclass(frozen=True)
class Entry:
    """A classifier that ships: where it lives, which tasks it serves, its parameters."""

    name: str
    path: str
    tasks: tuple[str, ...]
    summary: str
    parameters: tuple[Parameter, ...] = ()


_HOME = "probing.classifiers.builtin"

CLASSIFIERS: dict[str, Entry] = {
    entry.name: entry
    for entry in (
        Entry(
            "LogisticRegression",
            f"{_HOME}.logistic:LogisticRegression",
            CLASSIFICATION,
            "linear, L2 penalty, its strength chosen inside the training part",
            (
                Parameter("C", None, "inverse strength of the penalty; none: chosen"),
                Parameter("n_inner", 5, "inner folds where they are yet to be cut"),
                Parameter("Cs", 10, "number of strengths to choose from"),
            ),
        ),
        Entry(
            "Ridge",
            f"{_HOME}.ridge:Ridge",
            EVERY_TASK,
            "least squares, L2 penalty, its strength chosen inside the training part",
            (Parameter("alpha", None, "strength of the penalty; none: chosen"),),
        ),
        Entry(
            "LDA",
            f"{_HOME}.lda:LDA",
            CLASSIFICATION,
            "linear discriminant analysis, covariance shrunk",
            (
                Parameter(
                    "shrinkage", "ledoit_wolf", "ledoit_wolf, a share from 0 to 1, or none"
                ),
            ),
        ),
        Entry(
            "MassMean",
            f"{_HOME}.mass_mean:MassMean",
            CLASSIFICATION,
            "difference of the class means",
        ),
    )
}


def classifier(name: str) -> Entry:
    """The entry of that name; raises `SpecError` with the nearest match."""
    try:
        return CLASSIFIERS[name]
    except KeyError:
        raise SpecError(
            f"unknown classifier {name!r}", where="classifiers", hint=nearest(name, CLASSIFIERS)
        ) from None
