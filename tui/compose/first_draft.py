"""The draft that the app opens on before there is a last spec: it can run as it stands."""

from __future__ import annotations

from collections.abc import Sequence

from probing.catalog import ModelFacts
from probing.spec import ClassifierSpec, DatasetSpec, ModelSpec, PoolerSpec
from tui.compose.draft import SETTINGS, Draft

DATASET = "truth"
LEAST_PARAMS = 1_000_000


def first_draft() -> Draft:
    """True and false statements, each layer's mean, logistic regression; the model is missing."""
    return Draft(
        datasets=(DatasetSpec(DATASET),),
        poolers=(PoolerSpec(pool="mean"),),
        classifiers=(ClassifierSpec("LogisticRegression"),),
        settings={**SETTINGS, "name": DATASET, "n_folds": 5},
    )


def quickest(models: Sequence[ModelFacts]) -> ModelSpec | None:
    """The smallest model that is no toy, else the largest toy; None where there is no model."""
    usable = [facts for facts in models if not facts.error]
    real = [facts for facts in usable if facts.n_params >= LEAST_PARAMS]
    best = min(real or usable, key=lambda facts: facts.n_params, default=None)
    return None if best is None else ModelSpec(best.name)
