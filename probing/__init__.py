"""Find out what a transformer language model represents, and in which layer.

Names are looked up when they are first used, so that importing `probing` loads nothing heavy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from probing.datasets import NLPDataset
    from probing.engine.applying import Probe
    from probing.engine.classifiers import MultiStepOpt, SingleStepOpt
    from probing.engine.experiment import RunExperiments
    from probing.engine.extraction import extract
    from probing.engine.metrics import evaluator
    from probing.engine.models import LMModel
    from probing.engine.pooling import (
        Pooler,
        PoolFirst,
        PoolLast,
        PoolMax,
        PoolMean,
        PoolMin,
        PoolToken,
    )
    from probing.logs.details.learning_curves import learning_curves
    from probing.logs.details.reliability import reliability
    from probing.logs.results.tables import folds, results
    from probing.spec import ClassifierSpec, DatasetSpec, ModelSpec, PoolerSpec, Spec

_HOMES = {
    "ClassifierSpec": "probing.spec",
    "DatasetSpec": "probing.spec",
    "LMModel": "probing.engine.models",
    "ModelSpec": "probing.spec",
    "MultiStepOpt": "probing.engine.classifiers",
    "NLPDataset": "probing.datasets",
    "PoolToken": "probing.engine.pooling",
    "Probe": "probing.engine.applying",
    "Pooler": "probing.engine.pooling",
    "PoolFirst": "probing.engine.pooling",
    "PoolLast": "probing.engine.pooling",
    "PoolMax": "probing.engine.pooling",
    "PoolMean": "probing.engine.pooling",
    "PoolMin": "probing.engine.pooling",
    "PoolerSpec": "probing.spec",
    "RunExperiments": "probing.engine.experiment",
    "SingleStepOpt": "probing.engine.classifiers",
    "Spec": "probing.spec",
    "extract": "probing.engine.extraction",
    "evaluator": "probing.engine.metrics",
    "folds": "probing.logs.results.tables",
    "learning_curves": "probing.logs.details.learning_curves",
    "reliability": "probing.logs.details.reliability",
    "results": "probing.logs.results.tables",
}

__all__ = [
    "ClassifierSpec",
    "DatasetSpec",
    "LMModel",
    "ModelSpec",
    "MultiStepOpt",
    "NLPDataset",
    "PoolFirst",
    "PoolLast",
    "PoolMax",
    "PoolMean",
    "PoolMin",
    "PoolToken",
    "Pooler",
    "PoolerSpec",
    "Probe",
    "RunExperiments",
    "SingleStepOpt",
    "Spec",
    "evaluator",
    "extract",
    "folds",
    "learning_curves",
    "reliability",
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
