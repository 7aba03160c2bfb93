"""What a run needs from a classifier, and which kind of classifier a class is."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Any, Protocol

from probing.engine.blocks import Block, FoldFailure, FoldFit
from probing.engine.classifiers.bases.decisions import Decides
from probing.registry import CLASSIFICATION, EVERY_TASK


class Classifier(Protocol):
    """Fits a whole block; `tasks` are those it serves."""

    @property
    def tasks(self) -> tuple[str, ...]: ...

    def fit(self, block: Block) -> Iterable[FoldFit | FoldFailure]:
        """Fit all layers, labellings and folds; every one is yielded once, in any order."""
        ...


def needs_validation(classifier: object) -> bool:
    """Whether it takes a validation part out of its training part, as what stops early does."""
    return bool(getattr(classifier, "needs_validation", False))


def gives_inner_scores(classifier: object, task: str) -> bool:
    """Whether it fits the inner folds too where a block holds out, as built-in ones do at once."""
    says = getattr(classifier, "gives_inner_scores", None)
    return bool(says and says(task))


def kind_of(cls: type) -> str | None:
    """`block`, `SingleStepOpt`, `MultiStepOpt` or `estimator`; None for what cannot be fitted."""
    if issubclass(cls, Decides):
        return cls.kind
    if not callable(getattr(cls, "fit", None)):
        return None
    if "block" in _parameters(getattr(cls, "fit")):  # noqa: B009
        return "block"
    return "estimator" if callable(getattr(cls, "predict", None)) else None


def tasks_of(cls: type) -> tuple[str, ...]:
    """The tasks of a class: as it declares, by its scikit-learn kind, or else every one."""
    declared = getattr(cls, "tasks", None)
    if isinstance(declared, (tuple, list)):
        return tuple(declared)
    names = {base.__name__ for base in cls.__mro__}
    if "RegressorMixin" in names:
        return ("regression",)
    return CLASSIFICATION if "ClassifierMixin" in names else EVERY_TASK


def constructor_parameters(cls: type) -> dict[str, inspect.Parameter]:
    """What the constructor takes by name, without `self`."""
    return _parameters(cls)


def _parameters(of: Any) -> dict[str, inspect.Parameter]:
    try:
        return dict(inspect.signature(of).parameters)
    except (TypeError, ValueError):
        return {}
