"""The majority control: training frequencies as scores, the largest class as decision."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from probing.engine.blocks import Block, FoldFit, Task
from probing.engine.controls import Majority
from probing.engine.metrics import fold_metrics
from probing.engine.splits import make_folds
from probing.engine.splits.types import Labelling


def labelling(targets: np.ndarray, task: str, n_folds: int = 4) -> Labelling:
    folds = make_folds(targets, np.arange(len(targets)), task, n_folds=n_folds)
    inner = tuple(np.zeros(len(fold.whole.train), dtype=np.int64) for fold in folds)
    return Labelling("", 0, targets, folds, inner, 0)


def majority_fits(given: Labelling, task: Task, n_classes: int) -> list[FoldFit]:
    n_texts = len(given.targets)
    features = torch.empty(1, n_texts, 1, 0)
    return list(
        Majority().fit(Block(features, (given,), np.arange(n_texts), task, n_classes, "none"))
    )


def test_binary_scores_are_the_training_share_of_class_one() -> None:
    targets = np.repeat([0, 1], [60, 20])
    given = labelling(targets, "binary")
    for fit, fold in zip(majority_fits(given, "binary", 2), given.folds, strict=True):
        assert (fit.held_out.texts == fold.whole.train).all()
        share = targets[fold.whole.train].mean()
        assert set(fit.probabilities) == {share}
        assert fit.test_scores == pytest.approx(np.log(share / (1 - share)))
        assert (fit.decision == 0).all()
        got = fold_metrics(
            "binary", targets[fold.test], fit.test_scores, decision=fit.decision,
            probabilities=fit.probabilities,
            held_out_targets=targets[fold.whole.train], held_out_scores=fit.held_out.scores,
        ).values  # fmt: skip
        assert got["accuracy"] == got["accuracy_tuned"] == 0.75
        assert got["auroc"] == got["balanced_accuracy"] == 0.5
        assert got["average_precision"] == 0.25


def test_multiclass_scores_are_frequencies_and_ties_go_to_the_first_class() -> None:
    targets = np.tile([0, 1, 2], 20)
    for fit in majority_fits(labelling(targets, "multiclass", 5), "multiclass", 3):
        assert fit.test_scores.shape == (12, 3)
        assert fit.probabilities[0] == pytest.approx([1 / 3] * 3, abs=0.02)
    tied = Labelling("", 0, targets, labelling(targets, "multiclass", 2).folds, (), 0)
    counts = [np.bincount(targets[fold.whole.train]) for fold in tied.folds]
    for fit, count in zip(majority_fits(tied, "multiclass", 3), counts, strict=True):
        assert (fit.decision == count.argmax()).all()


def test_numbers_are_predicted_by_the_training_mean() -> None:
    targets = np.random.default_rng(0).normal(50, 5, size=80)
    given = labelling(targets, "regression")
    for fit, fold in zip(majority_fits(given, "regression", 0), given.folds, strict=True):
        assert fit.decision is None and fit.probabilities is None
        assert set(fit.test_scores) == {targets[fold.whole.train].mean()}
        r2 = fold_metrics("regression", targets[fold.test], fit.test_scores).values["r2"]
        assert -0.3 < r2 <= 0
