"""Classifiers of contrast pairs against their published forms, and what must not move them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from probing.engine.blocks import Block, FoldFailure, FoldFit
from probing.engine.classifiers import load
from probing.engine.classifiers.builtin.pairs.unsupervised import SIGN, halves_of
from probing.engine.experiment.choosing.inner_fits import fits_with_inner
from probing.engine.solvers.contrast.ccs import (
    Search,
    ccs_loss,
    logit_slopes,
    pair_log_odds,
    searched,
)
from probing.engine.splits import Fold, Labelling, make_folds
from probing.engine.splits.folding import inner_folds
from probing.errors import CellError
from probing.registry import CLASSIFIERS
from probing.spec import ClassifierSpec
from tests.support.solver_cases import fits

N_PAIRS, D = 40, 9
NAMES = [name for name, entry in CLASSIFIERS.items() if entry.needs_pairs]
QUICK = {"CCS": {"n_restarts": 3, "n_epochs": 60}}


def pairs(seed: int = 0, n_alone: int = 0, halves: bool = True) -> Block:
    """Pairs whose first text, of half 0, is of class 1 in about every other of them."""
    rng = np.random.default_rng(seed)
    n = 2 * N_PAIRS
    partners = np.arange(n) ^ 1
    first = rng.integers(0, 2, N_PAIRS)
    targets = np.stack([first, 1 - first], 1).reshape(-1)
    groups = np.repeat(np.arange(N_PAIRS), 2)
    direction, form = rng.standard_normal((2, D))
    X = np.repeat(rng.standard_normal((N_PAIRS, D)), 2, axis=0) * 3
    X += np.outer(targets - 0.5, direction) * 2 + np.outer(np.arange(n) % 2, form) * 2
    X += rng.standard_normal((n, D))
    X *= np.logspace(-1, 1, D)
    partners[n - n_alone :] = -1
    folds = tuple(one.whole for one in make_folds(targets, groups, "binary", n_folds=3))
    inner = tuple(inner_folds(one.train, targets, groups, "binary", 0) for one in folds)
    features = torch.from_numpy(X).float()[None, :, None]
    given = np.arange(n) % 2 if halves else None
    label = Labelling("", 0, targets, folds, inner, 11)
    return Block(
        features, (label,), groups, "binary", 2, "standard", partners=partners, halves=given
    )


def made(name: str, **parameters: Any) -> Any:
    return load(ClassifierSpec(name, QUICK.get(name, {}) | parameters))


def signed_pairs(one: Block, fold: Fold) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Differences `[n_pairs, d]` of the training pairs and of the test texts, and the unit."""
    X = one.features[0, :, 0].numpy().astype(np.float64)
    differ = X - X[one.partners]
    unit = np.sqrt((differ[fold.train] ** 2).mean(0))
    wins = fold.train[one.labellings[0].targets[fold.train] == 1]
    return differ[wins] / unit, differ[fold.test] / unit, unit


@pytest.mark.parametrize("C", [0.02, 1.0])
def test_a_difference_probe_is_a_logistic_regression_of_differences_without_intercept(
    C: float,
) -> None:
    one = pairs()
    for fit in fits(made("PairDifference", C=C).fit(one)):
        differ, tested, _ = signed_pairs(one, one.labellings[0].folds[fit.fold])
        both, labels = np.concatenate([differ, -differ]), np.repeat([1, 0], len(differ))
        oracle = LogisticRegression(C=C, fit_intercept=False, tol=1e-10, max_iter=10_000)
        oracle.fit(both, labels)
        np.testing.assert_allclose(fit.test_scores, tested @ oracle.coef_[0], atol=1e-5)
        assert fit.probabilities is not None and fit.held_out is not None


def test_the_mass_mean_of_pairs_is_the_mean_difference() -> None:
    one = pairs()
    for fit in fits(made("PairMassMean").fit(one)):
        differ, tested, _ = signed_pairs(one, one.labellings[0].folds[fit.fold])
        np.testing.assert_allclose(fit.test_scores, tested @ (2 * differ.mean(0)), atol=1e-5)


def test_a_ranking_svm_chooses_its_strength_inside() -> None:
    one = pairs()
    found = fits(made("PairDifference", loss="hinge").fit(one))
    targets = one.labellings[0].targets
    for fit in found:
        test = one.labellings[0].folds[fit.fold].test
        assert fit.chosen["C"] > 0
        assert roc_auc_score(targets[test], fit.test_scores) > 0.8


@pytest.mark.parametrize("name", NAMES)
def test_a_pair_is_scored_as_one_and_one_text_of_it_is_class_1(name: str) -> None:
    one = pairs(n_alone=2)
    for fit in fits(made(name).fit(one)):
        test = one.labellings[0].folds[fit.fold].test
        size = np.abs(fit.test_scores).max()
        np.testing.assert_allclose(fit.test_scores[::2], -fit.test_scores[1::2], atol=1e-9 * size)
        assert fit.decision is not None
        paired = one.partners[test] >= 0
        assert (fit.decision[paired][::2] != fit.decision[paired][1::2]).all()
        assert np.abs(fit.test_scores[~paired]).max(initial=0) <= 1e-9 * size
        assert "2 texts in no pair score 0" in fit.flags


def normalised(one: Block, fold: Fold) -> list[tuple[np.ndarray, np.ndarray]]:
    """Of each half the training and the test rows, normalised by its own training rows."""
    X = one.features[0, :, 0].numpy().astype(np.float64)
    halves = []
    for at in (0, 1):
        train, test = (rows[rows % 2 == at] for rows in (fold.train, fold.test))
        mean, spread = X[train].mean(0), X[train].std(0)
        halves.append(((X[train] - mean) / spread, (X[test] - mean) / spread))
    return halves


def test_crc_tpc_is_the_first_principal_component_of_normalised_differences() -> None:
    one = pairs()
    targets = one.labellings[0].targets
    for fit in fits(made("CRCTPC").fit(one)):
        fold = one.labellings[0].folds[fit.fold]
        (first, first_test), (second, second_test) = normalised(one, fold)
        axis = PCA(1).fit(first - second).components_[0]
        projected = (first - second) @ axis
        agrees = np.mean((projected > 0) == (targets[fold.train[::2]] == 1))
        sign = 1 if agrees >= 0.5 else -1
        expected = sign * (first_test - second_test) @ axis
        np.testing.assert_allclose(fit.test_scores[::2], expected, atol=1e-8)
        assert SIGN in fit.flags and fit.chosen["train_agreement"] == pytest.approx(
            max(agrees, 1 - agrees)
        )


def test_the_loss_of_ccs_is_as_published() -> None:
    p, q = torch.tensor([0.9, 0.2, 0.5]), torch.tensor([0.3, 0.7, 0.5])
    by_hand = [
        (0.9 - 0.7) ** 2 + 0.3**2,
        (0.2 - 0.3) ** 2 + 0.2**2,
        0.0 + 0.5**2,
    ]
    assert float(ccs_loss(p, q)) == pytest.approx(sum(by_hand) / 3)
    logits = [torch.logit(one.double()) for one in (p, q)]
    shares = (p + 1 - q) / 2
    assert torch.allclose(pair_log_odds(*logits).sigmoid().float(), shares)
    logits = torch.randn(2, 7, 3, dtype=torch.float64).requires_grad_()
    ccs_loss(*logits.sigmoid()).sum().backward()
    slopes = logit_slopes(*logits.detach().sigmoid())
    assert logits.grad is not None and torch.allclose(slopes, torch.cat([*logits.grad], 1))
    far = pair_log_odds(torch.tensor([800.0, 2.0]), torch.tensor([-900.0, 1.0]))
    assert far.isfinite().all() and far[0] > 700


def test_ccs_keeps_the_best_restart_and_finds_the_contrast() -> None:
    one = pairs()
    fold = one.labellings[0].folds[0]
    halves = [torch.from_numpy(train).float() for train, _ in normalised(one, fold)]
    losses = []
    for n_restarts in (1, 4):
        generator = torch.Generator().manual_seed(5)
        search = Search(300, n_restarts, 0.01, 0.01)
        weights, offset, loss = searched(*halves, search, generator)
        p, q = ((half.double() @ weights + offset).sigmoid() for half in halves)
        assert loss == pytest.approx(float(ccs_loss(p, q)), abs=1e-6)
        losses.append(loss)
    assert losses[1] <= losses[0] + 1e-6 and losses[1] < 0.2
    targets = one.labellings[0].targets
    for fit in fits(load(ClassifierSpec("CCS", {"n_epochs": 300})).fit(one)):
        test = one.labellings[0].folds[fit.fold].test
        assert fit.chosen["loss"] < 0.2
        assert roc_auc_score(targets[test], fit.test_scores) > 0.8


def test_labels_set_the_sign_of_what_is_found_alone() -> None:
    one = pairs()
    turned = replace(one.labellings[0], targets=1 - one.labellings[0].targets)
    for name in ("CCS", "CRCTPC"):
        found = fits(made(name).fit(one)), fits(made(name).fit(replace(one, labellings=(turned,))))
        for plain, other in zip(*found, strict=True):
            np.testing.assert_allclose(plain.test_scores, -other.test_scores, atol=1e-12)


def test_without_a_column_a_coin_says_which_half_a_text_is() -> None:
    one = pairs(halves=False)
    halves = halves_of(one, one.partners, 3)
    assert (halves[::2] + halves[1::2] == 1).all() and 10 < halves[::2].sum() < 30
    assert (halves_of(one, one.partners, 3) == halves).all()


@pytest.mark.parametrize("how", ["far", "noise"])
@pytest.mark.parametrize("name", NAMES)
def test_test_pairs_do_not_steer(name: str, how: str) -> None:
    one = pairs()
    test = one.labellings[0].folds[0].test
    features, targets = one.features.clone(), one.labellings[0].targets.copy()
    if how == "far":
        features[0, test[2:]] *= 1e4
    else:
        features[0, test[2:]] = torch.randn(features[0, test[2:]].shape)
    targets[test] = 1 - targets[test]
    spoilt = replace(
        one, features=features, labellings=(replace(one.labellings[0], targets=targets),)
    )
    before, after = (next(iter(made(name).fit(each))) for each in (one, spoilt))
    assert isinstance(before, FoldFit) and isinstance(after, FoldFit)
    size = np.abs(before.test_scores[:2]).max()
    np.testing.assert_allclose(after.test_scores[:2], before.test_scores[:2], atol=1e-6 * size)
    if before.held_out is not None and after.held_out is not None:
        np.testing.assert_allclose(after.held_out.scores, before.held_out.scores, atol=1e-4 * size)


@pytest.mark.parametrize("name", NAMES)
def test_pairs_of_one_class_and_pairs_that_a_split_parts_are_not_trained_on(name: str) -> None:
    one = pairs()
    targets = one.labellings[0].targets.copy()
    targets[:4] = [1, 1, 0, 0]
    label = replace(one.labellings[0], targets=targets)
    moved = replace(one, features=one.features.clone(), labellings=(label,))
    fold = next(at for at, each in enumerate(label.folds) if not np.isin([0, 2], each.test).any())
    before = next(fit for fit in fits(made(name).fit(moved)) if fit.fold == fold)
    moved.features[0, :4] = 50.0
    after = next(fit for fit in fits(made(name).fit(moved)) if fit.fold == fold)
    np.testing.assert_allclose(after.test_scores, before.test_scores, atol=1e-9)
    parted = Fold(np.arange(1, 60), np.zeros(0, dtype=np.int64), np.r_[0, 60:80])
    label = replace(label, folds=(parted,), inner=(np.arange(59) // 2 % 3,))
    (fit,) = fits(made(name).fit(replace(one, labellings=(label,))))
    assert fit.test_scores[0] == 0 and fit.decision is not None and fit.decision[0] == 0
    assert "2 texts in no pair score 0" in fit.flags


@pytest.mark.parametrize("name", NAMES)
def test_no_pairs_and_too_few_are_told(name: str) -> None:
    one = pairs()
    with pytest.raises(CellError, match="there are no pairs of texts"):
        list(made(name).fit(replace(one, partners=None)))
    same = replace(one.labellings[0], targets=np.repeat(np.arange(N_PAIRS) % 2, 2))
    found = list(made(name).fit(replace(one, labellings=(same,))))
    assert len(found) == 3 and all(isinstance(fit, FoldFailure) for fit in found)


@pytest.mark.parametrize("name", NAMES)
def test_inner_scores_cover_every_training_text(name: str) -> None:
    one = replace(pairs(), holds_out=True)
    for fit in fits(fits_with_inner(made(name), one)):
        assert fit.inner is not None
        assert fit.inner.texts.tolist() == one.labellings[0].folds[fit.fold].train.tolist()
