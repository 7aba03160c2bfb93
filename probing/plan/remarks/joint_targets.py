"""Whether a dataset has the numbers that a classifier fits together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from probing.registry import CLASSIFIERS

if TYPE_CHECKING:
    from probing.datasets import DatasetFacts


def lacks_numbers(classifier: str, facts: DatasetFacts) -> str:
    """Why a dataset has nothing to fit together for a classifier; empty where it has."""
    if not _joins_numbers(classifier, facts) or facts.n_numbers > 1:
        return ""
    hint = 'ask for several numeric ones (target = ["a", "b"])'
    return f"a single number has one direction, which Ridge reads; {hint}"


def rows_without(classifier: str, facts: DatasetFacts) -> str:
    """That some rows lack one of the numbers that are fitted together; empty where none does."""
    n_lacking = facts.n_rows - facts.n_with_all
    if not _joins_numbers(classifier, facts) or not n_lacking:
        return ""
    rows = f"{n_lacking:,} of {facts.n_rows:,} rows"
    return f"{rows} lack one of the {facts.n_numbers} targets: they are tested, not trained on"


def _joins_numbers(classifier: str, facts: DatasetFacts) -> bool:
    is_one = classifier in CLASSIFIERS and CLASSIFIERS[classifier].joins_numbers
    return is_one and facts.task == "regression"
