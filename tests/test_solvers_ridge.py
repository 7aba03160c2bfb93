"""Ridge: predictions and the chosen strength are scikit-learn's."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge as Reference
from sklearn.linear_model import RidgeClassifier

from probing.classifiers.builtin.ridge import Ridge
from tests.solver_cases import KINDS, block, class_targets, features, fits, fold_data, labelling

ALPHAS = np.logspace(-3, 6, 10)
TASKS = st.sampled_from(["binary", "multiclass", "regression"])


def case(kind, task, seed):
    targets = class_targets(kind, 3 if task == "multiclass" else 2, seed)
    X = features(kind, targets, seed)
    if task == "regression":
        noise = np.random.default_rng(seed).standard_normal(len(X))
        targets = 1900 + 40 * (X[:, 0] - X[:, 1] + noise)
    return block(X, labelling(targets, 3))


def columns(targets, task):
    if task == "regression":
        return targets[:, None]
    if task == "binary":
        return 2.0 * targets[:, None] - 1
    return 2.0 * np.eye(3)[targets] - 1


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(KINDS), TASKS, st.integers(0, 99), st.sampled_from([0.01, 1.0, 1000.0]))
def test_a_given_strength_gives_the_predictions_of_scikit_learn(kind, task, seed, alpha):
    one = case(kind, task, seed)
    for fit in fits(Ridge(alpha=alpha).fit(one)):
        train, wanted, _, test, _ = fold_data(one, fit)
        if task == "regression":
            expected = Reference(alpha=alpha, solver="svd").fit(train, wanted).predict(test)
        else:
            model = RidgeClassifier(alpha=alpha, solver="svd").fit(train, wanted)
            expected = model.decision_function(test)
            np.testing.assert_array_equal(fit.decision, model.predict(test))
        np.testing.assert_allclose(fit.test_scores, expected, rtol=1e-6, atol=1e-6)


@settings(max_examples=12, deadline=None)
@given(st.sampled_from(KINDS), TASKS, st.integers(0, 99))
def test_the_strength_has_the_least_error_over_the_inner_folds(kind, task, seed):
    one = case(kind, task, seed)
    for fit in fits(Ridge().fit(one)):
        train, wanted, inner, _, _ = fold_data(one, fit)
        Y = columns(wanted, task)
        errors = np.zeros(len(ALPHAS))
        for at, alpha in enumerate(ALPHAS):
            for fold in np.unique(inner):
                out = inner == fold
                model = Reference(alpha=alpha, solver="svd").fit(train[~out], Y[~out])
                errors[at] += np.square(
                    model.predict(train[out]).reshape(Y[out].shape) - Y[out]
                ).sum()
        chosen = int(np.abs(ALPHAS - fit.chosen["alpha"]).argmin())
        level = np.flatnonzero(errors <= errors.min() * (1 + 1e-6))
        assert chosen == level[-1] or errors[chosen] <= errors.min() * (1 + 2e-6)
        assert ("alpha at the grid's edge" in fit.flags) == (chosen in (0, len(ALPHAS) - 1))
        assert kind in ("wide", "outlier") or "not converged" not in fit.flags
