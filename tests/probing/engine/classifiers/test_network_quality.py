"""Networks learn about what linear fits learn, at any width, size and share of classes."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from benchmarks.network_quality import Case, block_of, made_classes, made_numbers, merit_of
from probing.engine.blocks import Block
from probing.engine.classifiers.builtin.network import MLP, SingleLayer


@cache
def with_linear_merit(n: int, d: int, share: float) -> tuple[Block, float]:
    """A block of classes, and what a linear fit learns of it."""
    block = block_of(made_classes(n, d, share), n_folds=2)
    return block, merit_of("LogisticRegression", block)


@pytest.mark.parametrize("name", ["SingleLayer", "MLP"])
@pytest.mark.parametrize(
    ("n", "d", "share"), [(600, 768, 0.05), (200, 512, 0.1), (600, 64, 0.05), (400, 32, 0.5)]
)
def test_classes(name: str, n: int, d: int, share: float) -> None:
    block, linear = with_linear_merit(n, d, share)
    majority = max(share, 1 - share)
    assert merit_of(name, block) > max(majority, linear) - 0.03


@pytest.mark.parametrize("name", ["SingleLayer", "MLP"])
@pytest.mark.parametrize(("n", "d"), [(1000, 128), (400, 384)])
def test_numbers(name: str, n: int, d: int) -> None:
    block = block_of(made_numbers(n, d), n_folds=3)
    assert merit_of(name, block) > merit_of("Ridge", block) - 0.1


@pytest.mark.parametrize("cls", [SingleLayer, MLP])
@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_what_is_learnt_begins_with_what_knows_no_features(cls: type, task: str) -> None:
    """After one tiny step the outputs still are the class frequencies, or the mean."""
    rng = np.random.default_rng(0)
    n_classes = 3 if task == "multiclass" else 2
    targets = rng.choice(n_classes, 300, p=[0.9, 0.1] if n_classes == 2 else [0.2, 0.7, 0.1])
    if task == "regression":
        targets = 1e4 + rng.standard_normal(300)
    case = Case("made", task, rng.standard_normal((300, 20)), targets, np.arange(300))
    block = block_of(case, n_folds=3)
    label = block.labellings[0]
    for fit in cls(max_epoch=1, learning_rate=1e-9).fit(block):
        train = label.targets[label.folds[fit.fold].train]
        if task == "regression":
            np.testing.assert_allclose(fit.test_scores, train.mean(), atol=1e-3)
            continue
        shares = np.bincount(train.astype(np.int64)) / len(train)
        wanted = shares[1] if task == "binary" else shares
        assert np.abs(fit.probabilities - wanted).max() < 1e-5


def test_the_epochs_follow_the_number_of_rows_unless_they_are_given() -> None:
    block = block_of(made_classes(200, 8, 0.5), n_folds=3, val_size=0)
    (first, *_) = SingleLayer().fit(block)
    n_train = len(block.labellings[0].folds[first.fold].train)
    assert first.chosen["epoch"] == 2000 / np.ceil(n_train / 128)
    (first, *_) = SingleLayer(max_epoch=3).fit(block)
    assert first.chosen["epoch"] == 3
