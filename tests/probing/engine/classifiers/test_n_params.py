"""Parameters of classifiers that count something."""

from __future__ import annotations

import pytest

from probing.engine.classifiers import load
from probing.errors import SpecError
from probing.spec import ClassifierSpec

COUNTS = [
    ("LogisticRegression", "Cs"),
    ("LinearSVM", "Cs"),
    ("SparseLogistic", "Cs"),
    ("ElasticNet", "alphas"),
    ("SingleLayer", "max_epoch"),
    ("SingleLayer", "batch_size"),
    ("MLP", "patience"),
    ("MLP", "hidden"),
]


@pytest.mark.parametrize(("name", "parameter"), COUNTS)
@pytest.mark.parametrize("value", [0, -1, 2.5, True, "3"])
def test_they_are_whole_numbers(name: str, parameter: str, value: object) -> None:
    load(ClassifierSpec(name, {parameter: 1}))
    with pytest.raises(SpecError, match=f"{parameter} = .* must be a whole number"):
        load(ClassifierSpec(name, {parameter: value}))
