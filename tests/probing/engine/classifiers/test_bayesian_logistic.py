"""A distribution over weights: against integrals on a grid, and published diagnostics by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.special import expit, ndtri
from scipy.stats import lognorm, norm, rankdata

from probing.engine.classifiers.builtin import bayesian_logistic
from probing.engine.classifiers.builtin.bayesian_logistic import BayesianLogistic
from probing.engine.classifiers.heads.closed_forms.drawn_weights import DrawnHead
from probing.engine.metrics.log_odds import scores_of
from probing.engine.solvers.bayesian.diagnostics import largest_r_hat, least_effective
from probing.engine.solvers.bayesian.nuts import Chains, sampled
from probing.engine.solvers.bayesian.predictive import predicted
from probing.errors import SpecError
from probing.registry import check_parameters
from probing.spec import ClassifierSpec
from tests.support.solver_cases import block, fits, labelling

CHAINS = Chains(n_chains=4, n_warmup=300, n_draws=500)


@pytest.fixture(scope="module")
def one_feature() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows `[n, 1]` of mean square length 1, their classes, and which are trained on."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((60, 1))
    X /= np.sqrt((X**2).mean())
    y = (rng.random(60) < expit(1.5 * X[:, 0] - 0.5)).astype(np.int64)
    return X, y, np.arange(60) < 45


def test_draws_have_the_posterior_that_a_grid_gives(
    one_feature: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    X, y, training = one_feature
    drawn = sampled(X, y, training, 2, 7, CHAINS)
    assert drawn.r_hat < 1.02 and drawn.effective > 300 and not drawn.n_divergent
    w, b, scale = np.meshgrid(
        np.linspace(-3, 9, 241), np.linspace(-4, 4, 161), np.geomspace(0.02, 60, 60), indexing="ij"
    )
    sign = np.where(y == 1, 1, -1)[training]
    odds = X[training, 0] * w[:, :, :1] + b[:, :, :1]
    likelihood = np.log(expit(sign * odds)).sum(2)[:, :, None]
    prior = norm.logpdf(w, scale=scale) + norm.logpdf(b, scale=5)
    log_scale = lognorm.logpdf(scale, 1.5) + np.log(scale)  # the grid is even in its logarithm
    mass = np.exp(likelihood + prior + log_scale - (likelihood + prior + log_scale).max())
    mass /= mass.sum()
    mean_w, mean_b = (mass * w).sum(), (mass * b).sum()
    spread = np.sqrt((mass * (w - mean_w) ** 2).sum())
    assert drawn.weights.mean() == pytest.approx(mean_w, abs=0.2 * spread)
    assert drawn.weights.std() == pytest.approx(spread, rel=0.15)
    assert drawn.intercepts.mean() == pytest.approx(mean_b, abs=0.1)
    found = predicted(X[~training], drawn.weights, drawn.intercepts)
    mass, w, b = mass.sum(2), w[:, :, 0], b[:, :, 0]
    for row, score in zip(X[~training, 0], found.scores, strict=True):
        expected = (mass * expit(row * w + b)).sum()
        assert expit(score) == pytest.approx(expected, abs=0.02)


def test_predictions_are_means_and_quantiles_of_the_draws() -> None:
    rng = np.random.default_rng(1)
    X, weights, intercepts = (rng.standard_normal(s) for s in ((5, 3), (40, 3, 1), (40, 1)))
    chances = expit(np.einsum("nd,sd->ns", X, weights[:, :, 0]) + intercepts[:, 0])
    found = predicted(X, weights, intercepts)
    np.testing.assert_allclose(expit(found.scores), chances.mean(1))
    np.testing.assert_allclose(found.bounds, np.quantile(chances, (0.025, 0.975), axis=1).T)
    weights, intercepts = rng.standard_normal((40, 3, 3)), rng.standard_normal((40, 3))
    powers = np.exp(np.einsum("nd,sdk->nsk", X, weights) + intercepts)
    every = powers / powers.sum(2, keepdims=True)
    found = predicted(X, weights, intercepts)
    np.testing.assert_allclose(expit(found.scores), every.mean(1))
    of_decided = every[np.arange(5), :, every.mean(1).argmax(1)]
    np.testing.assert_allclose(found.bounds, np.quantile(of_decided, (0.025, 0.975), axis=1).T)


def test_chains_that_disagree_in_place_or_spread_are_told() -> None:
    rng = np.random.default_rng(2)
    good = rng.standard_normal((4, 200, 1))
    assert largest_r_hat(good) < 1.02 and 500 < least_effective(good) < 1200
    moved, wide = good.copy(), good.copy()
    moved[0] += 1
    wide[0] *= 4
    assert largest_r_hat(moved) > 1.05 and least_effective(moved) < 100
    assert largest_r_hat(wide) > 1.05
    halves = moved[:, :, 0].reshape(8, 100)
    scores = ndtri((rankdata(halves).reshape(8, 100) - 0.375) / (800 + 0.25))
    within, between = scores.var(1, ddof=1).mean(), 100 * scores.mean(1).var(ddof=1)
    r_hat = np.sqrt((99 / 100 * within + between / 100) / within)
    assert largest_r_hat(moved) == pytest.approx(r_hat)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_fits_tell_how_they_mixed_and_test_rows_do_not_steer(n_classes: int) -> None:
    targets = np.random.default_rng(0).integers(0, n_classes, 60)
    X = np.random.default_rng(1).standard_normal((60, 3)) + targets[:, None]
    classifier = BayesianLogistic(n_components=2, n_chains=2, n_warmup=30, n_draws=4)
    label = labelling(targets, 2, val_size=0).whole
    label = replace(label, folds=label.folds[:1], inner=label.inner[:1])
    (fit,) = fits(classifier.fit(block(X, label)))
    assert fit.bounds is not None and fit.probabilities is not None
    test = label.folds[0].test
    chance = fit.probabilities
    if n_classes > 2:
        chance = chance[np.arange(len(test)), fit.test_scores.argmax(1)]
    assert ((fit.bounds[:, 0] <= chance) & (chance <= fit.bounds[:, 1])).mean() > 0.8
    assert fit.chosen["effective_draws"] < bayesian_logistic.LEAST_EFFECTIVE
    assert fit.flags[0].startswith("not converged: ") and "400 effective draws" in fit.flags[0]
    assert (fit.held_out is not None) == (n_classes == 2)
    spoilt = X.copy()
    spoilt[test[1:]] *= 5
    (again,) = fits(classifier.fit(block(spoilt, label)))
    np.testing.assert_allclose(again.test_scores[0], fit.test_scores[0], rtol=1e-6)
    assert again.chosen == pytest.approx(dict(fit.chosen)) and again.drawn is None
    (kept,) = fits(classifier.fit(replace(block(X, label), keeps=True)))
    assert kept.drawn is not None
    outputs = DrawnHead(kept.drawn)(torch.from_numpy(X[test].astype(np.float32))).numpy()
    np.testing.assert_allclose(scores_of(outputs, "plain"), kept.test_scores, rtol=1e-6, atol=1e-9)


def test_what_it_is_built_on_is_asked_for_before_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("probing.registry.entry.find_spec", lambda name: None)
    with pytest.raises(SpecError, match=r"BayesianLogistic needs numpyro.*probe-tui\[bayes\]"):
        check_parameters(ClassifierSpec("BayesianLogistic"))
    shampoo = ClassifierSpec("MLP", {"optimizer": "Shampoo"})
    with pytest.raises(SpecError, match=r"MLP: optimizer = 'Shampoo' needs pytorch_optimizer"):
        check_parameters(shampoo)
    check_parameters(ClassifierSpec("MLP", {"optimizer": "SGD"}))
    with pytest.raises(SpecError, match="n_draws"):
        BayesianLogistic(n_draws=0)
