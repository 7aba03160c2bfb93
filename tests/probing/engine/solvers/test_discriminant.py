"""LDA, QDA, naive Bayes and class means are scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import softmax
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.naive_bayes import GaussianNB as ReferenceNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.neighbors import NearestCentroid as ReferenceCentroid

from probing.engine.blocks import FoldFailure
from probing.engine.classifiers.builtin.gaussian_nb import GaussianNB
from probing.engine.classifiers.builtin.knn import KNN
from probing.engine.classifiers.builtin.lda import LDA
from probing.engine.classifiers.builtin.mass_mean import MassMean
from probing.engine.classifiers.builtin.nearest_centroid import NearestCentroid
from probing.engine.classifiers.builtin.qda import QDA
from probing.engine.solvers.discriminant.refined_weights import refined_weights
from probing.engine.solvers.rows.scatter import Scatters
from probing.engine.solvers.rows.streamed_rows import Rows
from probing.engine.splits.types import Fold, Labelling
from tests.support.awkward_splits import overlapping, sharing_rows
from tests.support.solver_cases import (
    KINDS,
    block,
    class_targets,
    features,
    fits,
    fold_data,
    labelling,
)

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
        assert fit.probabilities is not None
        np.testing.assert_allclose(fit.probabilities, expected, **tolerance)


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


@pytest.mark.parametrize("n_classes", [2, 3])
def test_lda_of_two_rows_a_class_is_shrunk_by_nothing(n_classes):
    """Of two rows their covariance is all that the rule knows, but for rounding."""
    rng = np.random.default_rng(2)
    targets = np.arange(40 * n_classes) % n_classes
    parts = np.split(np.arange(40 * n_classes), 20)
    folds = [Fold(part, part[:0], np.delete(np.arange(len(targets)), part)) for part in parts]
    inner = tuple(np.arange(2 * n_classes) // n_classes for _ in folds)
    label = Labelling("", 0, targets, tuple(folds), inner, 0)
    one = block(rng.standard_normal((len(targets), 60)), label, scale="none")
    for fit in fits(LDA().fit(one)):
        train, known, _, test, _ = fold_data(one, fit)
        means = np.stack([train[known == c].mean(axis=0) for c in range(n_classes)])
        inside = train - means[known]
        weights = means @ np.linalg.pinv(inside.T @ inside / len(train), rcond=1e-10)
        logits = test @ weights.T - (weights * means).sum(axis=1) / 2
        expected = softmax(logits, axis=1)
        assert fit.probabilities is not None
        got = fit.probabilities
        np.testing.assert_allclose(got, expected[:, 1] if n_classes == 2 else expected, atol=1e-6)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "wide"])
@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("shrinkage", ["auto", 0.2])
def test_lda_refined_from_factors_in_single_precision(kind, n_classes, shrinkage, monkeypatch):
    monkeypatch.setattr("probing.engine.solvers.discriminant.linear.refining_pays", always)
    one = case(kind, n_classes, 3, scale="none")
    reference = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=shrinkage)
    check(LDA(OURS[shrinkage]), reference, one, atol=1e-6 if shrinkage == "auto" else 1e-8)


def test_what_single_precision_cannot_factor_is_left_to_double(monkeypatch):
    targets = class_targets("plain", 2, 0)
    X = features("plain", targets, 0)
    X[:, 1] = X[:, 0] + 1e-5 * X[:, 1]
    one = block(X, labelling(targets, 3))
    plain = fits(LDA(shrinkage=None).fit(one))
    solved = []

    def refined(covariances, sets):
        weights, found = refined_weights(covariances, sets)
        solved.append(found)
        return weights, found

    monkeypatch.setattr("probing.engine.solvers.discriminant.linear.refining_pays", always)
    monkeypatch.setattr("probing.engine.solvers.discriminant.linear.refined_weights", refined)
    for one_fit, other in zip(plain, fits(LDA(shrinkage=None).fit(one)), strict=True):
        np.testing.assert_allclose(other.test_scores, one_fit.test_scores, rtol=1e-6)
    assert solved and not all(bool(found.all()) for found in solved)


def always(X, moments):
    return True


def test_lda_without_shrinkage_and_too_few_rows_names_the_remedy():
    results = list(LDA(shrinkage=None).fit(case("wide", 2, 0)))
    assert len(results) == 3
    for result in results:
        assert isinstance(result, FoldFailure)
        assert "shrinkage" in result.reason


@pytest.mark.parametrize("kind", ["plain", "wide", "collinear", "outlier"])
@pytest.mark.parametrize("share", [0.2, 0.5, 0.93])
@pytest.mark.parametrize("shrinkage", ["auto", 0.2])
def test_lda_on_splits_that_overlap_and_leave_out_few_or_many(kind, share, shrinkage):
    targets = class_targets(kind, 2, 7)
    one = block(features(kind, targets, 7), overlapping(targets, share))
    reference = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=shrinkage)
    check(LDA(OURS[shrinkage]), reference, one, atol=1e-8)


@pytest.mark.parametrize("kind", ["plain", "wide"])
@pytest.mark.parametrize("scale", ["standard", "none"])
@pytest.mark.parametrize("shrinkage", ["auto", 0.2])
def test_lda_of_labellings_with_the_same_rows_and_with_others(kind, scale, shrinkage):
    targets = class_targets(kind, 3, 2)
    one = block(features(kind, targets, 2), *sharing_rows(targets), scale=scale)
    reference = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=shrinkage)
    check(LDA(OURS[shrinkage]), reference, one, atol=1e-8)


OURS = {"auto": "ledoit_wolf", 0.2: 0.2}


@pytest.mark.parametrize("classifier", [LDA(), LDA(None), GaussianNB(), QDA()])
def test_a_large_mean_costs_no_digits(classifier):
    targets = class_targets("plain", 2, 3)
    X = np.round(features("plain", targets, 3) * 8) / 8
    near, far = (fits(classifier.fit(block(X + at, labelling(targets, 3)))) for at in (0, 4096))
    for one, other in zip(near, far, strict=True):
        assert one.fold == other.fold
        np.testing.assert_allclose(other.test_scores, one.test_scores, atol=1e-8)


def test_scatter_by_subtraction_is_that_of_the_rows_even_where_it_cancels():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((60, 7))
    X[0] *= 1e9
    masks = rng.random((3, 2, 60)) < 0.4
    masks[:, 1] &= ~masks[:, 0]
    masks[:, :, 0] = False
    masks[2, 0, 0], masks[2, 1] = True, ~masks[2, 0]
    means = np.array([[X[mask].mean(0) for mask in pair] for pair in masks])
    variances = np.array([[X[mask].var(0) for mask in pair] for pair in masks])
    scatters = Scatters(Rows(torch.from_numpy(X)), torch.ones(60, dtype=torch.bool))
    found = scatters.of(*map(torch.from_numpy, (masks, means, variances))).numpy()
    for at, pair in enumerate(masks):
        expected = sum(np.cov(X[mask].T, ddof=0) * mask.sum() for mask in pair)
        lower = np.tril_indices(7)
        scale = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))[lower]
        np.testing.assert_allclose(found[at][lower] / scale, expected[lower] / scale, atol=1e-10)


QDA_CASES = [(kind, 0.3) for kind in KINDS] + [("plain", 0.0), ("wide", 1e-3)]


@pytest.mark.parametrize(("kind", "reg_param"), QDA_CASES)
@pytest.mark.parametrize("scale", ["standard", "none"])
def test_qda_compares_gaussian_densities(kind, reg_param, scale):
    one = case(kind, 2, 3, scale)
    for fit in fits(QDA(reg_param=reg_param).fit(one)):
        train, wanted, _, test, _ = fold_data(one, fit)
        densities = []
        for label in (0, 1):
            rows = train[wanted == label]
            identity = np.eye(train.shape[1])
            covariance = (1 - reg_param) * np.cov(rows.T, ddof=0) + reg_param * identity
            about = test - rows.mean(0)
            distance = (about * np.linalg.solve(covariance, about.T).T).sum(1)
            volume = np.linalg.slogdet(covariance)[1]
            densities.append(np.log(len(rows) / len(train)) - (distance + volume) / 2)
        np.testing.assert_allclose(fit.test_scores, densities[1] - densities[0], atol=1e-8)


@FEW
@CASES
def test_gaussian_naive_bayes(kind, n_classes, seed):
    if kind == "constant":
        return
    check(GaussianNB(), ReferenceNB(), case(kind, n_classes, seed), atol=1e-8)
    unscaled = case(kind, n_classes, seed, scale="none")
    check(GaussianNB(), ReferenceNB(), unscaled, atol=1e-8)


def test_naive_bayes_of_labellings_with_the_same_rows_and_with_others():
    targets = class_targets("plain", 3, 2)
    one = block(features("plain", targets, 2), *sharing_rows(targets))
    check(GaussianNB(), ReferenceNB(), one, atol=1e-10)


@pytest.mark.parametrize("scale", ["standard", "none"])
def test_the_score_of_two_centroids_is_the_difference_of_the_distances(scale):
    one = case("plain", 2, 4, scale)
    for fit in fits(NearestCentroid().fit(one)):
        train, wanted, _, test, _ = fold_data(one, fit)
        low, high = (
            np.linalg.norm(test - train[wanted == label].mean(0), axis=1) for label in (0, 1)
        )
        np.testing.assert_allclose(fit.test_scores, low - high, atol=1e-10)


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


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("classifier", [LDA, QDA])
def test_sums_over_classes_that_are_too_many_to_keep(
    n_classes: int, classifier: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = [fit.test_scores for fit in fits(classifier().fit(case("plain", n_classes, 1)))]
    monkeypatch.setattr("probing.engine.solvers.rows.scatter.budget_bytes", lambda _: 0)
    monkeypatch.setattr(Scatters, "_total", property(lambda _: pytest.fail("a sum was kept")))
    anew = [fit.test_scores for fit in fits(classifier().fit(case("plain", n_classes, 1)))]
    for one, other in zip(anew, kept, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-9)
