"""Ridge: predictions and the chosen strength are scikit-learn's."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge as Reference
from sklearn.linear_model import RidgeClassifier

from probing.engine.classifiers.builtin.ridge import Ridge
from probing.engine.solvers.ridge import closed_form
from probing.engine.solvers.ridge.conjugate_gradients import searched_predictions
from probing.engine.solvers.ridge.from_scatter import ScatterRidge
from probing.engine.solvers.ridge.left_out_rows import left_out_predictions
from probing.engine.solvers.rows.principal_basis import principal_basis
from probing.engine.solvers.rows.streamed_rows import Rows
from probing.engine.solvers.rows.training_sets import TrainingSets
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


def expected_scores(one, fit, alpha):
    """What scikit-learn predicts for the test rows, and decides."""
    train, wanted, _, test, _ = fold_data(one, fit)
    if one.task == "regression":
        return Reference(alpha=alpha, solver="svd").fit(train, wanted).predict(test), None
    model = RidgeClassifier(alpha=alpha, solver="svd").fit(train, wanted)
    return model.decision_function(test), model.predict(test)


def check_path(one, alphas, tolerance=1e-7):
    found = list(Ridge().fit_path(one, alphas))
    n_fits = sum(len(label.folds) for label in one.labellings)
    assert len(found) == len(alphas) * n_fits
    assert len({(at, fit.labelling_at, fit.fold) for at, fit in found}) == len(found)
    for at, fit in found:
        scores, decision = expected_scores(one, fit, alphas[at])
        assert fit.chosen["alpha"] == alphas[at]
        size = 1 + np.abs(scores).max()
        np.testing.assert_allclose(fit.test_scores, scores, atol=tolerance * size)
        if decision is not None:
            np.testing.assert_array_equal(fit.decision, decision)


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(KINDS), TASKS, st.integers(0, 99), st.sampled_from(["standard", "none"]))
def test_every_strength_of_a_path_gives_the_predictions_of_scikit_learn(kind, task, seed, scale):
    one = replace(case(kind, task, seed), scale=scale)
    check_path(one, [0.01, 1.0, 1000.0])


@pytest.mark.parametrize("kind", ["plain", "wide", "collinear"])
@pytest.mark.parametrize("share", [0.15, 0.5, 0.93])
@pytest.mark.parametrize("scale", ["standard", "none"])
def test_splits_that_overlap_and_leave_out_few_or_many(kind, share, scale):
    targets = class_targets(kind, 2, 7)
    one = block(features(kind, targets, 7), overlapping(targets, share), scale=scale)
    check_path(one, [1e-3, 10.0, 1e6])


@pytest.mark.parametrize("kind", ["plain", "wide"])
@pytest.mark.parametrize("scale", ["standard", "none"])
def test_labellings_with_the_same_rows_and_with_others(kind, scale):
    targets = class_targets(kind, 3, 2)
    one = block(features(kind, targets, 2), *sharing_rows(targets), scale=scale)
    check_path(one, [0.1, 100.0])


@pytest.mark.parametrize("kind", ["plain", "wide"])
@pytest.mark.parametrize("scale", ["standard", "none"])
def test_a_large_mean_costs_no_digits(kind, scale):
    targets = class_targets(kind, 2, 3)
    X = np.round(features(kind, targets, 3) * 8) / 8 + 4096
    check_path(block(X, labelling(targets, 3), scale=scale), [0.1, 100.0])


@pytest.mark.parametrize("scale", ["standard", "none"])
def test_repeated_texts_of_more_features_than_rows(scale):
    targets = class_targets("wide", 2, 4)
    X = features("wide", targets, 4)
    X[40:60] = X[:20]
    one = block(X, labelling(targets, 3), scale=scale)
    check_path(one, [1e-3, 1.0, 1e4], tolerance=1e-6)


def test_what_leaving_rows_out_cannot_tell_is_solved_from_the_rows_that_stay():
    targets = class_targets("wide", 2, 4)
    X = features("wide", targets, 4)
    label = labelling(targets, 3)
    X[label.folds[0].test[0]] *= 1e4
    one = block(X, label, scale="none")
    basis = principal_basis(Rows(one.features[0, :, 0].double()), scaled=False)
    left_out = torch.from_numpy(~np.isin(np.arange(len(X)), label.folds[0].train))
    alphas = torch.tensor([[1e-2, 1.0]], dtype=torch.float64)
    wanted = torch.from_numpy(2.0 * targets - 1)[None, :, None]
    assert not left_out_predictions(basis, wanted, left_out[None], alphas).sound.any()
    check_path(one, alphas[0].tolist(), tolerance=1e-6)


def test_fewer_rows_trained_on_than_features_though_there_are_more_in_all():
    targets = class_targets("tiny", 2, 5)
    X = np.random.default_rng(5).standard_normal((len(targets), 45))
    one = block(X, overlapping(targets, 0.5))
    check_path(one, [1e-6, 1.0])


def test_a_given_strength_is_a_path_of_one():
    one = case("plain", "regression", 0)
    path = {fit.fold: fit for _, fit in Ridge().fit_path(one, [3.0])}
    assert all(fit.held_out is None for fit in path.values())
    for fit in fits(Ridge(alpha=3.0).fit(one)):
        np.testing.assert_array_equal(fit.test_scores, path[fit.fold].test_scores)


@pytest.mark.parametrize("kind", ["plain", "wide", "repeated", "constant"])
def test_rows_left_out_of_a_decomposition_are_predicted_by_the_others(kind):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((40, 70 if kind in ("wide", "repeated") else 8))
    if kind == "repeated":
        X[5:9] = X[0]
    if kind == "constant":
        X[:] = 2.0
    targets = torch.from_numpy(rng.standard_normal((40, 2)))
    left_out = torch.zeros(3, 40, dtype=torch.bool)
    left_out[0, :9], left_out[1, 7:20], left_out[2, 39] = True, True, True
    alphas = torch.tensor([[0.1, 10.0]], dtype=torch.float64).repeat(3, 1)
    basis = principal_basis(Rows(torch.from_numpy(X)), scaled=False)
    found = left_out_predictions(basis, targets.expand(3, -1, -1), left_out, alphas)
    assert found.sound.all()
    for at, out in enumerate(left_out.numpy()):
        for strength in (0, 1):
            model = Reference(alpha=float(alphas[at, strength]), solver="svd")
            expected = model.fit(X[~out], targets.numpy()[~out]).predict(X[out])
            predicted = found.predictions[at, strength][found.there[at]]
            np.testing.assert_array_equal(found.at[at][found.there[at]], np.flatnonzero(out))
            np.testing.assert_allclose(predicted, expected, atol=1e-9)


def test_what_the_search_cannot_solve_is_told():
    rng = np.random.default_rng(1)
    X = torch.from_numpy(rng.standard_normal((40, 30)) * np.logspace(0, -7, 30))
    basis = principal_basis(Rows(X), scaled=False)
    masks = torch.from_numpy(rng.random((2, 40)) < 0.6)
    targets = torch.from_numpy(rng.standard_normal((2, 40, 1)))
    alphas = torch.tensor([[1e-13, 1.0]], dtype=torch.float64).repeat(2, 1)
    _, solved = searched_predictions(basis, masks, targets, alphas)
    assert solved.tolist() == [[False, True]] * 2


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


def test_training_rows_that_are_wanted_are_scored_from_the_shared_decomposition(
    monkeypatch,
):
    rng = np.random.default_rng(4)
    X, targets = rng.standard_normal((60, 90)) + 2, rng.standard_normal(60)
    inner = torch.from_numpy(np.where(np.arange(60) % 10 == np.arange(3)[:, None], -1, 0))
    seen = (inner == 0) & (torch.arange(60) % 7 == 0)
    sets = TrainingSets(torch.from_numpy(targets).repeat(3, 1), inner, seen=seen)
    basis = principal_basis(Rows(torch.from_numpy(X)), scaled=False)
    monkeypatch.setattr(closed_form, "Alone", None)  # no set has one of its own
    alphas = torch.tensor([0.1, 10.0, 1e3], dtype=torch.float64)
    shared = closed_form.Features(basis.X, False, lambda: basis)
    found = closed_form.ridge_predictions(shared, sets, alphas.expand(3, -1))
    for at, mask in enumerate(sets.masks.numpy()):
        wanted = sets.wanted[at].numpy()
        for number, alpha in enumerate(alphas.tolist()):
            told = Reference(alpha).fit(X[mask], targets[mask]).predict(X[wanted])
            assert np.abs(found[at, number].numpy()[wanted] - told).max() < 1e-9
            assert not found[at, number].numpy()[~wanted].any()


def test_scatter_matrices_give_the_held_out_predictions_too():
    rng = np.random.default_rng(3)
    many = torch.from_numpy(rng.standard_normal((90, 7)) * np.arange(1, 8) + 3)
    targets = torch.from_numpy(rng.standard_normal((2, len(many))))
    inner = torch.from_numpy(np.arange(len(many)) % 5 - 1)[None].to(torch.int8).repeat(2, 1)
    sets = TrainingSets(targets, inner, n_columns=2)
    X = Rows(many).about(many.mean(0))
    strengths = torch.from_numpy(ALPHAS)
    ((place, held),) = ScatterRidge(X, sets, scaled=True).choices(strengths)
    for number in range(4):
        train = (inner[0] != number) & (inner[0] >= 0)
        out = inner[0] == number
        mean, deviation = many[train].mean(0), many[train].std(0, correction=0)
        model = Reference(alpha=float(strengths[place]), solver="svd")
        model.fit(((many[train] - mean) / deviation).numpy(), targets[:, train].T.numpy())
        wanted = model.predict(((many[out] - mean) / deviation).numpy())
        np.testing.assert_allclose(held[:, out].T.numpy(), wanted, rtol=1e-8, atol=1e-10)
