"""Texts are ranked by log odds: probabilities that are 1 to the last digit are ties."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB

from probing import SingleStepOpt
from probing.engine.blocks import Block, FoldFit
from probing.engine.classifiers import Looped
from probing.engine.classifiers.builtin.families import log_odds as of_tensors
from probing.engine.classifiers.lookup import load
from probing.engine.metrics import class_log_odds, log_odds, probabilities_of
from probing.registry import CLASSIFIERS
from probing.spec import ClassifierSpec
from tests.support.solver_cases import block, briefly, fits, is_usual, labelling

GIVE_PROBABILITIES = [
    "LogisticRegression", "LDA", "QDA", "SparseLogistic", "GaussianNB", "PCALogistic",
    "KSparse",
    "SingleLayer", "MLP",
]  # fmt: skip


def far_apart(n_classes: int) -> Block:
    """Classes so far apart that probabilities are 1, in one feature with its noise."""
    rng = np.random.default_rng(0)
    targets = rng.integers(0, n_classes, 40 * n_classes)
    X = 0.3 * rng.standard_normal((len(targets), 30))
    X[:, :n_classes] += 40 * np.eye(n_classes)[targets]
    return block(X, labelling(targets, 2), scale="none")


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("name", GIVE_PROBABILITIES)
def test_no_two_texts_tie(name: str, n_classes: int) -> None:
    for fit in fits(load(ClassifierSpec(name, briefly(name))).fit(far_apart(n_classes))):
        scores = fit.test_scores.reshape(len(fit.test_scores), -1)
        for of_class in scores.T:
            assert len(np.unique(of_class)) == len(of_class)
        assert fit.probabilities is not None
        np.testing.assert_allclose(fit.probabilities, probabilities_of(fit.test_scores))
        if n_classes > 2:
            np.testing.assert_allclose(fit.probabilities.sum(1), 1)
            assert (fit.decision == fit.test_scores.argmax(1)).all()
        else:
            assert (fit.decision == (fit.test_scores > 0)).all()


def test_the_listed_are_all_that_give_probabilities() -> None:
    given = far_apart(2)
    shares = {"KNN"}  # whose shares of votes are ties in any form
    for name, entry in CLASSIFIERS.items():
        if "binary" in entry.tasks and is_usual(entry):
            found = fits(load(ClassifierSpec(name, briefly(name))).fit(given))
            gives = all(fit.probabilities is not None for fit in found)
            assert gives == (name in GIVE_PROBABILITIES or name in shares), name


def user_fits(cls: type, given: Block) -> list[FoldFit]:
    return fits(Looped(cls).fit(given))


@pytest.mark.parametrize("n_classes", [2, 3])
def test_no_two_texts_tie_for_a_class_of_scikit_learns(n_classes: int) -> None:
    for fit in user_fits(GaussianNB, far_apart(n_classes)):
        assert fit.probabilities is not None and (fit.probabilities == 1).any()
        assert np.isfinite(fit.test_scores).all()
        assert len(np.unique(fit.test_scores)) == fit.test_scores.size


@pytest.mark.parametrize("n_classes", [2, 3])
def test_shares_of_0_and_1_have_finite_log_odds(n_classes: int) -> None:
    for fit in user_fits(RandomForestClassifier, far_apart(n_classes)):
        assert np.isfinite(fit.test_scores).all()
        assert fit.probabilities is not None
        order = np.argsort(fit.probabilities, axis=None)
        assert (np.diff(fit.test_scores.ravel()[order]) >= -1e-9).all()


class OnlyShares(ClassifierMixin, BaseEstimator):
    """A classifier that has `predict_proba` and no more."""

    def fit(self, X: Any, y: Any) -> OnlyShares:
        self.inner_ = LogisticRegression().fit(X, y)
        return self

    def predict(self, X: Any) -> Any:
        return self.inner_.predict(X)

    def predict_proba(self, X: Any) -> Any:
        return self.inner_.predict_proba(X)


class OwnShares(SingleStepOpt):
    """A `forward` of one's own that gives probabilities, and says so."""

    gives_probabilities_ = True

    def __init__(self, input_size: int) -> None:
        super().__init__()
        self.classifier = LogisticRegression()

    def forward(self, X: Any) -> Any:
        return self.classifier.predict_proba(X)[:, 1]


@pytest.mark.parametrize("cls", [OnlyShares, OwnShares])
def test_probabilities_alone_are_turned_into_log_odds(cls: type) -> None:
    for fit in user_fits(cls, far_apart(2)):
        assert fit.probabilities is not None
        np.testing.assert_allclose(fit.test_scores, log_odds(fit.probabilities))
        assert (fit.decision == (fit.test_scores > 0)).all()


def test_both_forms_of_log_odds_agree() -> None:
    logits = np.random.default_rng(0).normal(size=(50, 5)) * np.logspace(-2, 2, 50)[:, None]
    for some in (logits, logits[:, :2]):
        tensors = of_tensors.class_log_odds(torch.from_numpy(some)).numpy()
        np.testing.assert_allclose(tensors, class_log_odds(some), rtol=1e-9)
        if some.shape[1] > 2:
            np.testing.assert_allclose(probabilities_of(tensors).sum(1), 1)
