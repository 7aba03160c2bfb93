"""Build one instance of a user's class for one fit, and check its parameters."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from probing.engine.classifiers.bases.single_step import SingleStepOpt
from probing.engine.classifiers.protocol import constructor_parameters, kind_of
from probing.errors import SpecError, nearest

if TYPE_CHECKING:
    from probing.engine.classifiers.bases.multi_step import MultiStepOpt

GIVEN = ("input_size", "n_outputs", "task", "seed")
Probe: TypeAlias = "SingleStepOpt | MultiStepOpt"


class Wrapped(SingleStepOpt):
    """A scikit-learn style estimator in the clothes of a `SingleStepOpt`."""

    def __init__(self, estimator: Any) -> None:
        super().__init__(n_steps=None)
        self.classifier = estimator


def check_parameters(cls: type, parameters: Mapping[str, Any]) -> None:
    """Raise `SpecError` for a parameter that the constructor lacks, or one that is missing."""
    known = constructor_parameters(cls)
    if any(one.kind is inspect.Parameter.VAR_KEYWORD for one in known.values()):
        return
    for name in parameters:
        if name not in known:
            others = [one for one in known if one not in GIVEN]
            hint = nearest(name, others) if others else "it takes no parameters"
            raise SpecError(f"{cls.__name__} has no parameter {name!r}", where=name, hint=hint)
    missing = [name for name, one in known.items() if _is_required(one)]
    missing = [name for name in missing if name not in parameters and name not in GIVEN]
    if missing:
        hint = f'set it: {{ name = "…", {missing[0]} = … }}'
        raise SpecError(f"{cls.__name__} needs {missing[0]!r}", where="classifiers", hint=hint)


def _is_required(one: inspect.Parameter) -> bool:
    variadic = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return one.default is inspect.Parameter.empty and one.kind not in variadic


def build(cls: type, parameters: Mapping[str, Any], given: Mapping[str, Any]) -> Probe:
    """An object of `cls`, told those of `given` that its constructor names."""
    named = constructor_parameters(cls)
    values = {name: value for name, value in given.items() if name in named} | dict(parameters)
    made = cls(**values)
    if kind_of(cls) == "estimator":
        return Wrapped(made)
    probe: Probe = made
    return probe
