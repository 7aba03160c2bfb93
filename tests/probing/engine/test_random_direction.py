"""The control of a random direction, against a plain loop with scikit-learn."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from probing.engine.blocks import EVERY_FOLD, FoldFailure
from probing.engine.classifiers import load
from probing.engine.controls.random_direction import RandomDirection, directions
from probing.spec import ClassifierSpec
from tests.support.blocks import block

LDA = ClassifierSpec("LDA", {"shrinkage": 0.0})


def made(entry: ClassifierSpec, given: Any) -> list[Any]:
    return list(RandomDirection(load(entry)).fit(given))


@pytest.mark.parametrize("scale", ["standard", "none"])
@pytest.mark.parametrize("task", ["binary", "regression"])
def test_it_is_a_classifier_on_one_projection(task: str, scale: str) -> None:
    given = block(task, scale, n_layers=2)
    given = replace(given, features=given.features * torch.arange(1, 9.0))
    entry = LDA if task == "binary" else ClassifierSpec("Ridge", {"alpha": 0.5})
    [labelling], axes = given.labellings, directions(given.labellings[0], 8)
    fits = made(entry, given)
    places = [(layer, fold) for layer in range(2) for fold in range(3)]
    assert sorted((fit.layer_at, fit.fold) for fit in fits) == places
    for fit in fits:
        fold, X = labelling.folds[fit.fold], given.features[fit.layer_at, :, 0].double().numpy()
        if scale == "standard":
            X = StandardScaler().fit(X[fold.train]).transform(X)
        feature = X @ axes[:, fit.fold : fit.fold + 1]
        oracle: Any = Ridge(alpha=0.5) if task == "regression" else LinearDiscriminantAnalysis()
        scaler = [StandardScaler()] if scale == "standard" else []
        fitted = make_pipeline(*scaler, oracle)
        fitted.fit(feature[fold.train], labelling.targets[fold.train])
        expected = fitted.predict(feature[fold.test])
        if task == "binary":
            assert (fit.decision == expected).all()
            expected = fitted.decision_function(feature[fold.test])
        assert fit.test_scores == pytest.approx(expected, rel=1e-3, abs=1e-3)
        assert fit.n_params == 2


def test_each_fold_has_a_direction_of_length_one_of_its_own() -> None:
    [labelling] = block("binary").labellings
    axes = directions(labelling, 50)
    assert np.linalg.norm(axes, axis=0) == pytest.approx(np.ones(3))
    assert (abs(axes.T @ axes) > 0.9).sum() == 3
    assert (directions(labelling, 50) == axes).all()
    assert not (directions(replace(labelling, seed=18), 50) == axes).any()


def test_a_fold_that_fails_is_that_fold() -> None:
    given = block("binary")
    [labelling] = given.labellings
    targets = labelling.targets.copy()
    targets[labelling.folds[1].train] = 0
    fits = made(LDA, replace(given, labellings=(replace(labelling, targets=targets),)))
    failed = {fit.fold for fit in fits if isinstance(fit, FoldFailure)}
    assert 1 in failed and EVERY_FOLD not in failed
