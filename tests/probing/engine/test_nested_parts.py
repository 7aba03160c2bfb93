"""Nested parts of training rows: shares, groups, test folds, and what cannot be learned from."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from probing.engine.splits import Labelling, inner_folds, make_folds, nested_parts

FRACTIONS = (0.1, 0.25, 0.5)


def labelling_of(
    targets: Any, groups: Any, task: str = "binary", *, val_size: float = 0.0, n_folds: int = 4
) -> Labelling:
    folds = make_folds(targets, groups, task, n_folds=n_folds, val_size=val_size, seed=3)
    inner = tuple(inner_folds(one.whole.train, targets, groups, task, 3) for one in folds)
    return Labelling("", 0, targets, folds, inner, 3)


@pytest.mark.parametrize("task", ["binary", "regression"])
@pytest.mark.parametrize("size", [1, 5])
def test_they_are_nested_with_whole_groups_and_the_folds_tests(task: str, size: int) -> None:
    rng = np.random.default_rng(0)
    targets = rng.integers(0, 2, 800) if task == "binary" else rng.standard_normal(800)
    groups = np.arange(800) // size
    whole = labelling_of(targets, groups, task)
    parts = nested_parts(whole, groups, task, FRACTIONS)
    assert [one.lacking for one in parts] == ["", "", ""]
    for part in parts:
        for fold, own in zip(whole.folds, part.labelling.folds, strict=True):
            assert (own.test == fold.test).all() and set(own.train) <= set(fold.train)
            assert len(own.train) == pytest.approx(part.fraction * 600, abs=2 * size)
            assert set(groups[own.train]).isdisjoint(groups[np.setdiff1d(fold.train, own.train)])
            if task == "binary" and size == 1:
                shares = targets[own.train].mean(), targets[fold.train].mean()
                assert shares[0] == pytest.approx(shares[1], abs=0.01)
    for smaller, larger in pairwise(parts):
        for few, many in zip(smaller.labelling.folds, larger.labelling.folds, strict=True):
            assert set(few.train) < set(many.train)


def test_every_fold_draws_its_own_so_a_mean_shares_little_luck() -> None:
    targets, groups = np.arange(800) % 2, np.arange(800)
    parts = nested_parts(labelling_of(targets, groups), groups, "binary", FRACTIONS)
    trained = [set(fold.train) for fold in parts[0].labelling.folds]
    assert len(set.intersection(*trained)) < 5
    for part in parts:  # two folds of four have two thirds of their training rows in common
        overlap = part.fraction * 2 / 3
        assert part.shared == pytest.approx(1 / 4 + 3 / 4 * overlap, abs=0.03)


def test_what_stops_early_trains_on_the_same_texts() -> None:
    targets, groups = np.arange(400) % 2, np.arange(400)
    whole = labelling_of(targets, groups, val_size=0.15)
    early = nested_parts(whole, groups, "binary", FRACTIONS)
    late = nested_parts(whole.whole, groups, "binary", FRACTIONS)
    for one, other in zip(early, late, strict=True):
        for fold, plain in zip(one.labelling.folds, other.labelling.folds, strict=True):
            assert set(fold.train) | set(fold.val) == set(plain.train)
            assert len(fold.val) / len(plain.train) == pytest.approx(0.2, abs=0.05)


def test_inner_folds_are_those_of_the_part() -> None:
    targets, groups = np.arange(400) // 2 % 2, np.arange(400) // 2
    (part,) = nested_parts(labelling_of(targets, groups), groups, "binary", (0.2,))
    for at, fold in enumerate(part.labelling.folds):
        inner = part.labelling.inner_of(at)
        assert len(inner) == len(fold.train) and len(set(inner)) == 5
        for group in np.unique(groups[fold.train]):
            assert len(set(inner[groups[fold.train] == group])) == 1


def test_a_part_that_lacks_a_class_says_so() -> None:
    targets = (np.arange(200) % 20 == 0).astype(np.int64)
    groups = np.arange(200)
    small, large = nested_parts(labelling_of(targets, groups), groups, "binary", (0.05, 0.8))
    assert small.lacking == "too few texts of a class to train on" and not large.lacking


def test_few_large_groups_have_no_small_part() -> None:
    targets, groups = np.arange(200) % 2, np.arange(200) // 40
    whole = labelling_of(targets, groups, n_folds=5)
    (part,) = nested_parts(whole, groups, "binary", (0.05,))
    assert "groups are too large" in part.lacking
