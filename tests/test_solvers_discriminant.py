"""LDA, QDA, naive Bayes and class means are scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.naive_bayes import GaussianNB as ReferenceNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.neighbors import NearestCentroid as ReferenceCentroid

from probing.blocks import FoldFailure
from probing.classifiers.builtin.gaussian_nb import GaussianNB
from probing.classifiers.builtin.knn import KNN
from probing.classifiers.builtin.lda import LDA
from probing.classifiers.builtin.mass_mean import MassMean
from probing.classifiers.builtin.nearest_centroid import NearestCentroid
from probing.classifiers.builtin.qda import QDA
from tests.solver_cases import KINDS, block, class_targets, features, fits, fold_data, labelling

CASES = given(st.sampled_from(KINDS), st.sampled_from([2, 3]), st.integers(0, 99))
FEW = settings(max_examples=25, deadline=None)


def case(kind, n_classes, seed, scale="standard"):
    targets = class_targets(kind, n_classes, seed)
    return block(features(kind, targets, seed), labelling(targets, 3), scale=scale)


def check(classifier, reference, one, **tolerance):
    for fit in fits(classifier.fit(one)):
        train, wanted, _, test, _ = fold_data(one, fit)
        model = reference.fit(train, wanted)
        expected = model.predict_proba(test)
        expected = expected[:, 1] if one.n_classes == 2 else expected
        assert fit.probabilities
        np.testing.assert_allclose(fit.test_scores, expected, **tolerance)


@FEW
@CASES
def test_lda_shrinks_as_scikit_learn_does(kind, n_classes, seed):
    reference = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")
    check(LDA(), reference, case(kind, n_classes, seed), atol=1e-8)


@FEW
@CASES
def test_lda_with_a_given_shrinkage(kind, n_classes, seed):
    reference = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.2)
    check(LDA(shrinkage=0.2), reference, case(kind, n_classes, seed), atol=1e-8)
    unscaled = case(kind, n_classes, seed, scale="none")
    check(LDA(shrinkage=0.2), reference, unscaled, atol=1e-7)


@FEW
@given(st.sampled_from(["plain", "imbalanced", "tiny", "constant"]), st.integers(0, 99))
def test_lda_without_shrinkage(kind, seed):
    reference = LinearDiscriminantAnalysis(solver="lsqr")
    check(LDA(shrinkage=None), reference, case(kind, 3, seed), atol=1e-8)


def test_lda_without_shrinkage_and_too_few_rows_names_the_remedy():
    results = list(LDA(shrinkage=None).fit(case("wide", 2, 0)))
    assert len(results) == 3
    for result in results:
        assert isinstance(result, FoldFailure)
        assert "shrinkage" in result.reason


@pytest.mark.parametrize("kind", KINDS)
def test_qda_compares_gaussian_densities(kind):
    one = case(kind, 2, 3)
    for fit in fits(QDA(reg_param=0.3).fit(one)):
        train, wanted, _, test, _ = fold_data(one, fit)
        densities = []
        for label in (0, 1):
            rows = train[wanted == label]
            covariance = 0.7 * np.cov(rows.T, ddof=0) + 0.3 * np.eye(train.shape[1])
            about = test - rows.mean(0)
            distance = (about * np.linalg.solve(covariance, about.T).T).sum(1)
            volume = np.linalg.slogdet(covariance)[1]
            densities.append(np.log(len(rows) / len(train)) - (distance + volume) / 2)
        expected = 1 / (1 + np.exp(densities[0] - densities[1]))
        np.testing.assert_allclose(fit.test_scores, expected, atol=1e-8)


@FEW
@CASES
def test_gaussian_naive_bayes(kind, n_classes, seed):
    if kind == "constant":
        return
    check(GaussianNB(), ReferenceNB(), case(kind, n_classes, seed), atol=1e-6)


@FEW
@CASES
def test_the_nearest_mean_decides(kind, n_classes, seed):
    one = case(kind, n_classes, seed)
    for classifier in (NearestCentroid(), MassMean()):
        for fit in fits(classifier.fit(one)):
            train, wanted, _, test, _ = fold_data(one, fit)
            expected = ReferenceCentroid().fit(train, wanted).predict(test)
            np.testing.assert_array_equal(fit.decision, expected)


@pytest.mark.parametrize("scale", ["standard", "none"])
def test_mass_mean_projects_on_the_difference_of_means(scale):
    one = case("plain", 2, 4, scale)
    for fit in fits(MassMean().fit(one)):
        train, wanted, _, test, _ = fold_data(one, fit)
        low, high = train[wanted == 0].mean(0), train[wanted == 1].mean(0)
        expected = (test - (low + high) / 2) @ (high - low)
        np.testing.assert_allclose(fit.test_scores, expected, atol=1e-8)


@FEW
@CASES
def test_nearest_neighbours_vote(kind, n_classes, seed):
    check(KNN(), KNeighborsClassifier(), case(kind, n_classes, seed), atol=1e-12)


def test_nearest_neighbours_average():
    X = features("plain", class_targets("plain", 2, 0), 0)
    one = block(X, labelling(X[:, 0] * 10, 3))
    for fit in fits(KNN(n_neighbors=3).fit(one)):
        train, wanted, _, test, _ = fold_data(one, fit)
        expected = KNeighborsRegressor(3).fit(train, wanted).predict(test)
        np.testing.assert_allclose(fit.test_scores, expected)
        assert fit.decision is None
