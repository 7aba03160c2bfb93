"""Find out what a transformer language model represents, and in which layer.

Names are looked up when they are first used, so that importing `probing` loads nothing heavy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from probing.classifiers import MultiStepOpt, SingleStepOpt
    from probing.datasets import NLPDataset
    from probing.experiment import RunExperiments
    from probing.logs.tables import folds, results
    from probing.metrics import evaluator
    from probing.models import LMModel
    from probing.pooling import Pooler, PoolToken
    from probing.spec import ClassifierSpec, DatasetSpec, ModelSpec, PoolerSpec, Spec

_HOMES = {
    "ClassifierSpec": "probing.spec",
    "DatasetSpec": "probing.spec",
    "LMModel": "probing.models",
    "ModelSpec": "probing.spec",
    "MultiStepOpt": "probing.classifiers",
    "NLPDataset": "probing.datasets",
    "PoolToken": "probing.pooling",
    "Pooler": "probing.pooling",
    "PoolerSpec": "probing.spec",
    "RunExperiments": "probing.experiment",
    "SingleStepOpt": "probing.classifiers",
    "Spec": "probing.spec",
    "evaluator": "probing.metrics",
    "folds": "probing.logs.tables",
    "results": "probing.logs.tables",
}

__all__ = [
    "ClassifierSpec",
    "DatasetSpec",
    "LMModel",
    "ModelSpec",
    "MultiStepOpt",
    "NLPDataset",
    "PoolToken",
    "Pooler",
    "PoolerSpec",
    "RunExperiments",
    "SingleStepOpt",
    "Spec",
    "evaluator",
    "folds",
    "results",
]


def __getattr__(name: str) -> Any:
    try:
        home = _HOMES[name]
    except KeyError:
        raise AttributeError(f"module 'probing' has no attribute {name!r}") from None
    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
