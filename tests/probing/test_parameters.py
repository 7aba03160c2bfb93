"""Values of parameters: refused before a run exactly where the classifier itself refuses them."""

import math
from importlib import import_module

import pytest

from probing import ClassifierSpec
from probing.errors import SpecError
from probing.registry import CLASSIFIERS, check_parameters

VALUES = ["abc", None, True, -1, 0, 0.5, 1, 1.5, 3, math.inf, math.nan, "ledoit_wolf"]
UNCHECKED = {"epsilon", "weight_decay"}  # the constructors take any number


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_the_table_and_the_classifiers_agree(name: str) -> None:
    module, _, cls = CLASSIFIERS[name].path.partition(":")
    make = getattr(import_module(module), cls)
    for parameter in CLASSIFIERS[name].parameters:
        assert parameter.allowed.test(parameter.default), parameter.name
        for value in VALUES if parameter.name not in UNCHECKED else ():
            if value is None and parameter.default is not None:
                continue  # TOML has no null
            try:
                make(**{parameter.name: value})
                is_taken = True
            except (SpecError, TypeError):
                is_taken = False
            assert parameter.allowed.test(value) is is_taken, (parameter.name, value)


def test_an_error_names_the_parameter_and_what_it_may_be() -> None:
    check_parameters(ClassifierSpec("LogisticRegression", {"C": 2}))
    check_parameters(ClassifierSpec("mine.py:Probe", {"C": "abc"}))
    with pytest.raises(SpecError, match="C = 'abc' must be a positive number"):
        check_parameters(ClassifierSpec("LogisticRegression", {"C": "abc"}))
    with pytest.raises(SpecError, match="weight_decay = -1 must be a number of 0 or more"):
        check_parameters(ClassifierSpec("MLP", {"weight_decay": -1}))
