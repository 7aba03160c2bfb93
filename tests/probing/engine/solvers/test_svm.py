"""The linear SVM solves its stated objective, checked by its gradient in float64."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from probing.engine.classifiers.builtin.linear_svm import LinearSVM
from tests.support.solver_cases import block, class_targets, features, fits, fold_data, labelling


def solve(excess, train, C):
    """Minimise `C Σ excess² + |w|²/2` by scipy; `excess(logits)` gives values and slopes."""

    def objective(weights):
        values, slopes = excess(train @ weights[:-1] + weights[-1])
        pull = 2 * C * values * slopes
        gradient = np.append(weights[:-1] + train.T @ pull, pull.sum())
        return C * (values**2).sum() + weights[:-1] @ weights[:-1] / 2, gradient

    begin = np.zeros(train.shape[1] + 1)
    options = {"maxiter": 20000, "maxfun": 50000, "ftol": 1e-16, "gtol": 1e-9, "maxcor": 30}
    return minimize(objective, begin, jac=True, method="L-BFGS-B", options=options).x


def hinge(sides):
    def excess(logits):
        values = np.maximum(0, 1 - sides * logits)
        return values, -sides * (values > 0)

    return excess


def tube(targets, width):
    def excess(logits):
        error = logits - targets
        outside = np.sign(error) * np.maximum(np.abs(error) - width, 0)
        return outside, (outside != 0).astype(float)

    return excess


@pytest.mark.parametrize("kind", ["plain", "wide", "imbalanced", "constant"])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_each_class_against_the_rest(kind, n_classes):
    targets = class_targets(kind, n_classes, 7)
    one = block(features(kind, targets, 7), labelling(targets, 3))
    for fit in fits(LinearSVM(C=0.05).fit(one)):
        train, wanted, _, test, _ = fold_data(one, fit)
        labels = [1] if n_classes == 2 else range(n_classes)
        for at, label in enumerate(labels):
            weights = solve(hinge(np.where(wanted == label, 1.0, -1.0)), train, 0.05)
            expected = test @ weights[:-1] + weights[-1]
            scores = fit.test_scores if n_classes == 2 else fit.test_scores[:, at]
            np.testing.assert_allclose(scores, expected, atol=1e-4)


def test_numbers_within_a_tube():
    X = features("plain", class_targets("plain", 2, 1), 1)
    targets = 100 + 7 * (X[:, 0] + X[:, 3] + np.random.default_rng(0).standard_normal(len(X)))
    one = block(X, labelling(targets, 3))
    for fit in fits(LinearSVM(C=1.0, epsilon=0.2).fit(one)):
        train, wanted, _, test, _ = fold_data(one, fit)
        mean, unit = wanted.mean(), wanted.std()
        weights = solve(tube((wanted - mean) / unit, 0.2), train, 1.0)
        expected = (test @ weights[:-1] + weights[-1]) * unit + mean
        np.testing.assert_allclose(fit.test_scores, expected, rtol=1e-6)


def test_the_strength_has_the_least_loss_over_the_inner_folds():
    targets = class_targets("plain", 2, 2)
    one = block(features("plain", targets, 2), labelling(targets, 2))
    grid = np.logspace(-4, 1, 6)
    for fit in fits(LinearSVM().fit(one)):
        train, wanted, inner, _, _ = fold_data(one, fit)
        sides = 2.0 * wanted - 1
        losses = []
        for C in grid:
            total = 0.0
            for fold in np.unique(inner):
                out = inner == fold
                weights = solve(hinge(sides[~out]), train[~out], C)
                logits = train[out] @ weights[:-1] + weights[-1]
                total += (hinge(sides[out])(logits)[0] ** 2).sum()
            losses.append(total)
        assert fit.chosen["C"] == pytest.approx(grid[int(np.argmin(losses))])
