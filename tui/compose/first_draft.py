"""The draft of a first start, ready to run: used when there is no last spec."""

from __future__ import annotations

from collections.abc import Sequence

from probing.catalog import ModelFacts
from probing.spec import ClassifierSpec, DatasetSpec, ModelSpec, PoolerSpec
from tui.compose.draft import SETTINGS, Draft

DATASET = "truth"
LEAST_PARAMS = 1_000_000


def first_draft() -> Draft:
    """True and false statements, the mean of each layer, logistic regression; no model yet."""
    return Draft(
        datasets=(DatasetSpec(DATASET),),
        poolers=(PoolerSpec(pool="mean"),),
        classifiers=(ClassifierSpec("LogisticRegression"),),
        settings={**SETTINGS, "name": DATASET, "n_folds": 5},
    )


def quickest(models: Sequence[ModelFacts]) -> ModelSpec | None:
    """The smallest model of a million parameters or more, else the largest; None without models."""
    usable = [facts for facts in models if not facts.error]
    real = [facts for facts in usable if facts.n_params >= LEAST_PARAMS]
    best = min(real or usable, key=lambda facts: facts.n_params, default=None)
    return None if best is None else ModelSpec(best.name)
