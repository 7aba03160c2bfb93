"""Thresholds and probabilities of saved probes, from out-of-fold scores."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, softmax
from sklearn.calibration import _sigmoid_calibration

from probing.engine.blocks import FoldFit, TextScores
from probing.engine.experiment.saved_probes.decisions import decision_of, platt, temperature


def a_fit(scores: np.ndarray, inner: TextScores | None, shares: np.ndarray | None) -> FoldFit:
    return FoldFit(0, 0, 0, scores, None, shares, 3, 0.1, inner=inner)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e4])
def test_platt_is_that_of_scikit_learn(scale: float) -> None:
    draw = np.random.default_rng(0)
    targets = draw.integers(0, 2, 200)
    scores = scale * (draw.normal(size=200) + 1.5 * targets)
    slope, intercept = platt(scores, targets)
    a, b = _sigmoid_calibration(scores, targets)
    assert expit(slope * scores + intercept) == pytest.approx(expit(-a * scores - b), abs=1e-3)


def test_classes_that_are_told_apart_give_no_endless_slope() -> None:
    targets = np.repeat([0, 1], 20)
    slope, intercept = platt(np.where(targets, 5.0, -5.0), targets)
    assert expit(slope * 5 + intercept) == pytest.approx(21 / 22, abs=1e-3)


def test_a_temperature_calibrates_and_keeps_the_largest() -> None:
    draw = np.random.default_rng(1)
    logits = 2 * draw.normal(size=(4000, 3))
    targets = np.array([draw.choice(3, p=one) for one in softmax(logits, axis=1)])
    assert temperature(5 * logits, targets) == pytest.approx(1 / 5, rel=0.1)


def test_a_threshold_is_the_best_on_out_of_fold_scores_alone() -> None:
    targets = np.array([0, 0, 1, 1, 0, 1])
    inner = TextScores(np.arange(4), np.array([0.1, 0.4, 0.6, 0.9]))
    found = decision_of("binary", "plain", a_fit(np.zeros(2), inner, None), targets)
    assert found.threshold == pytest.approx(0.5) and found.calibrated == "platt"
    never = TextScores(np.arange(4), np.array([0.9, 0.6, 0.4, 0.1]))
    beyond = decision_of("binary", "plain", a_fit(np.zeros(2), never, None), targets)
    assert np.isfinite(beyond.threshold)


def test_without_out_of_fold_scores_probabilities_are_its_own_or_none() -> None:
    targets, scores = np.array([0, 1]), np.array([-1.0, 2.0])
    own = decision_of("binary", "plain", a_fit(scores, None, expit(scores)), targets)
    assert (own.threshold, own.slope, own.calibrated) == (0.0, 1.0, "")
    assert decision_of("binary", "plain", a_fit(scores, None, None), targets).slope is None
    assert decision_of("regression", "plain", a_fit(scores, None, None), targets).slope is None
