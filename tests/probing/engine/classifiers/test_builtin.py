"""What every classifier that ships keeps to: the registry, the block, failing folds."""

from __future__ import annotations

import importlib
import inspect
import subprocess
import sys

import numpy as np
import pytest
import torch

from probing.engine.blocks import Block, FoldFailure, FoldFit
from probing.engine.classifiers.builtin.families.layer_by_layer import LayerwiseClassifier
from probing.engine.classifiers.builtin.logistic import LogisticRegression
from probing.engine.classifiers.builtin.network import MLP, NetworkClassifier, SingleLayer
from probing.engine.classifiers.builtin.pca_logistic import PCALogistic
from probing.engine.splits.types import Labelling
from probing.errors import SpecError
from probing.registry import CLASSIFIERS, Entry
from tests.support.solver_cases import (
    block,
    briefly,
    class_targets,
    features,
    fits,
    is_usual,
    labelling,
)

ENTRIES = [entry for entry in CLASSIFIERS.values() if ".builtin." in entry.path and is_usual(entry)]
SERVED = [(entry, task) for entry in ENTRIES for task in entry.tasks]


def built(entry: Entry) -> type[LayerwiseClassifier]:
    module, name = entry.path.split(":")
    return getattr(importlib.import_module(module), name)


def case(task: str, *, seed: int = 0, n_layers: int = 2, n_folds: int = 2) -> Block:
    targets = class_targets("plain", 3 if task == "multiclass" else 2, seed)
    X = np.stack([features("plain", targets, seed + at) for at in range(n_layers)])
    if task == "regression":
        targets = X[0][:, 2] * 5 + 20
    permuted = np.random.default_rng(seed).permutation(targets)
    return block(X, *(labelling(one, n_folds, n_inner=2) for one in (targets, permuted)))


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_the_registry_holds_the_signature_and_the_tasks(entry):
    cls = built(entry)
    signature = inspect.signature(cls).parameters
    assert {one.name: one.default for one in entry.parameters} == {
        name: parameter.default for name, parameter in signature.items()
    }
    assert entry.tasks == cls.tasks
    assert entry.streams == getattr(cls, "streams", False)
    assert entry.chooses == getattr(cls, "chooses", False)
    assert entry.is_network == issubclass(cls, NetworkClassifier)
    made = cls()
    for parameter in entry.parameters:
        assert getattr(made, parameter.name) == parameter.default
        assert parameter.meaning


def test_the_registry_imports_nothing_heavy():
    code = "import sys, probing.registry; print({'torch', 'numpy', 'sklearn'} & set(sys.modules))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "set()"


@pytest.mark.parametrize(("entry", "task"), SERVED, ids=lambda one: getattr(one, "name", one))
def test_every_layer_labelling_and_fold_comes_once_and_learns(entry, task):
    one = case(task, n_folds=3)
    found = fits(built(entry)(**briefly(entry.name)).fit(one))
    keys = [(fit.layer_at, fit.labelling_at, fit.fold) for fit in found]
    assert sorted(keys) == [(a, b, c) for a in range(2) for b in range(2) for c in range(3)]
    merits: dict[int, list[float]] = {0: [], 1: []}
    for fit in found:
        label = one.labellings[fit.labelling_at]
        fold = label.folds[fit.fold]
        wanted = label.targets[fold.test]
        columns = (one.n_classes,) if task == "multiclass" else ()
        assert (fit.held_out is not None) == (task == "binary")
        assert fit.test_scores.shape == (len(fold.test), *columns)
        assert fit.n_params > 0
        assert fit.fit_s >= 0
        if fit.probabilities is not None and task == "multiclass":
            np.testing.assert_allclose(fit.probabilities.sum(1), 1)
        if task == "regression":
            assert fit.decision is None
            varied = np.ptp(fit.test_scores) > 0
            merit = np.corrcoef(fit.test_scores, wanted)[0, 1] if varied else 0.0
        else:
            assert fit.decision is not None
            merit = float(np.mean(fit.decision == wanted))
        if fit.layer_at == 0:
            merits[fit.labelling_at].append(merit)
    assert np.mean(merits[0]) > np.mean(merits[1]) + 0.05


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_no_held_out_target_is_looked_at(entry):
    task = entry.tasks[0]
    one = case(task, n_layers=1)
    label = one.labellings[0]
    fold = label.folds[0]
    spoilt = label.targets.copy()
    spoilt[fold.test] = np.roll(spoilt[fold.test], 7)
    other = block(
        one.features.numpy()[:, :, 0],
        Labelling("", 0, spoilt, label.folds, label.inner, label.seed),
    )
    # beside other networks one rounds otherwise, which shows after many steps
    parameters = {"max_epoch": 10} if issubclass(built(entry), NetworkClassifier) else {}
    before, after = (
        {
            fit.layer_at: fit
            for fit in fits(built(entry)(**parameters).fit(some))
            if key(fit) == (0, 0)
        }
        for some in (one, other)
    )
    for layer_at in before:
        np.testing.assert_allclose(
            before[layer_at].test_scores, after[layer_at].test_scores, atol=1e-5
        )


def key(fit: FoldFit) -> tuple[int, int]:
    return fit.labelling_at, fit.fold


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
@pytest.mark.parametrize("d", [5, 300])
def test_a_layer_without_any_signal_is_still_fitted(entry, d):
    targets = np.repeat([0, 1, 1], 30)
    X = np.full((90, d), 0.25)
    parameters = briefly(entry.name, max_epoch=5)
    for fit in fits(built(entry)(**parameters).fit(block(X, labelling(targets, 2)))):
        assert np.ptp(fit.test_scores) < 1e-6
        if fit.probabilities is not None and not isinstance(built(entry)(), (MLP, SingleLayer)):
            assert fit.decision is not None and fit.decision.all()


@pytest.mark.parametrize(
    "entry",
    [entry for entry in ENTRIES if "multiclass" in entry.tasks],
    ids=lambda entry: entry.name,
)
def test_broken_features_and_small_classes_fail_alone(entry):
    targets = np.repeat([0, 1, 2], 20)
    X = np.stack([features("plain", targets, 0)] * 2)
    X[1, 3, 2] = np.nan
    sound = labelling(targets, 3)
    scarce = np.where(np.arange(60) == 59, 2, targets % 2)
    rare = Labelling("", 0, scarce, sound.folds, sound.inner, 0)
    parameters = briefly(entry.name, max_epoch=5)
    results = list(built(entry)(**parameters).fit(block(X, sound, rare)))
    assert len(results) == 12
    for result in results:
        if isinstance(result, FoldFit):
            assert (result.layer_at, result.labelling_at) == (0, 0)
        elif result.labelling_at == 1:
            assert "class 2 has" in result.reason
        else:
            assert result.layer_at == 1
            assert "not finite in 1 of 60" in result.reason
    assert sum(isinstance(result, FoldFit) for result in results) == 3


def test_one_inner_fold_is_not_enough_to_choose():
    targets = class_targets("plain", 2, 0)
    label = labelling(targets, 3)
    inner = tuple(np.zeros_like(one) for one in label.inner)
    one = block(features("plain", targets, 0), Labelling("", 0, targets, label.folds, inner, 0))
    assert all(isinstance(result, FoldFailure) for result in LogisticRegression().fit(one))
    assert len(fits(LogisticRegression(C=1.0).fit(one))) == 3


def test_wrong_parameters_are_refused():
    for entry, parameters in (
        ("LogisticRegression", {"C": -1.0}),
        ("Ridge", {"alpha": 0}),
        ("LDA", {"shrinkage": "some"}),
        ("SparseLogistic", {"l1_ratio": 0}),
        ("ElasticNet", {"l1_ratio": 2.0}),
        ("QDA", {"reg_param": 2.0}),
        ("KNN", {"n_neighbors": 0}),
        ("PCALogistic", {"n_components": 1.5}),
        ("MLP", {"hidden": 0}),
    ):
        with pytest.raises(SpecError, match=next(iter(parameters))):
            built(CLASSIFIERS[entry])(**parameters)


@pytest.mark.parametrize("cls", [SingleLayer, MLP])
def test_a_network_learns_the_same_beside_others(cls):
    one = case("multiclass")
    made = cls(**briefly(cls.__name__))
    together = {(fit.layer_at, fit.labelling_at, fit.fold): fit for fit in fits(made.fit(one))}
    alone = block(one.features.numpy()[1:, :, 0], one.labellings[0])
    for fit in fits(made.fit(alone)):
        other = together[1, 0, fit.fold]
        assert other.chosen == fit.chosen
        np.testing.assert_allclose(other.test_scores, fit.test_scores, atol=1e-3)


def test_a_network_without_validation_rows_trains_to_the_end_and_says_so():
    targets = class_targets("plain", 2, 0)
    one = block(features("plain", targets, 0), labelling(targets, 3, val_size=0.0))
    for fit in fits(SingleLayer(max_epoch=7).fit(one)):
        assert fit.chosen["epoch"] == 7
        assert any("no validation part" in flag for flag in fit.flags)


def test_all_components_are_logistic_regression_itself():
    targets = class_targets("plain", 2, 0)
    one = block(features("plain", targets, 0), labelling(targets, 3))
    plain = {fit.fold: fit for fit in fits(LogisticRegression().fit(one))}
    for fit in fits(PCALogistic(n_components=12).fit(one)):
        assert fit.chosen["C"] == plain[fit.fold].chosen["C"]
        np.testing.assert_allclose(fit.test_scores, plain[fit.fold].test_scores, atol=1e-6)


@pytest.mark.gpu
@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_a_gpu_gives_the_same(entry):
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    one = case(entry.tasks[0])
    other = Block(**{**vars(one), "device": "cuda"})
    there = {(fit.layer_at, *key(fit)): fit for fit in fits(built(entry)().fit(other))}
    for fit in fits(built(entry)().fit(one)):
        np.testing.assert_allclose(
            there[fit.layer_at, *key(fit)].test_scores, fit.test_scores, atol=1e-3
        )
