"""Shuffled labels: what a permutation keeps of the groups, what it breaks, and what it cannot."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probing.engine.splits import permuted, tied_share

SHIPPED = Path(__file__).parents[3] / "data"


def groups_of(*sizes: int) -> Any:
    return np.repeat(np.arange(len(sizes)), sizes)


def agreement(targets: Any, groups: Any, truth: Any = None, n: int = 100) -> float:
    """How often permuted labels are those that a probe of the true ones would answer."""
    truth = targets if truth is None else truth
    return float(np.mean([(permuted(targets, groups, seed) == truth).mean() for seed in range(n)]))


def vectors(targets: Any, groups: Any) -> Counter[tuple[Any, ...]]:
    """The sorted labels of every group, counted."""
    return Counter(tuple(sorted(targets[groups == one].tolist())) for one in np.unique(groups))


@settings(max_examples=60, deadline=None)
@given(
    n_groups=st.integers(2, 30),
    size=st.integers(1, 5),
    seed=st.integers(0, 2**31),
    numbers=st.booleans(),
)
def test_groups_of_one_size_exchange_whole_label_vectors(
    n_groups: int, size: int, seed: int, numbers: bool
) -> None:
    rng = np.random.default_rng(seed)
    groups = rng.permutation(groups_of(*[size] * n_groups))
    targets: Any = rng.integers(0, 3, len(groups)) + (0.5 if numbers else 0)
    got = permuted(targets, groups, seed)
    assert got.dtype == targets.dtype
    assert vectors(got, groups) == vectors(targets, groups)
    assert (got == permuted(targets, groups, seed)).all()


@settings(max_examples=60, deadline=None)
@given(sizes=st.lists(st.integers(1, 9), min_size=2, max_size=40), seed=st.integers(0, 2**31))
def test_groups_of_one_label_each_keep_one_whatever_their_sizes(
    sizes: list[int], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    groups, labels = groups_of(*sizes), rng.integers(0, 3, len(sizes))
    got = permuted(labels[groups], groups, seed)
    assert all(len(set(got[groups == one].tolist())) == 1 for one in range(len(sizes)))
    first = np.cumsum(sizes) - np.array(sizes)
    assert sorted(got[first]) == sorted(labels)


def test_pairs_stay_one_of_each_and_about_half_of_them_flip() -> None:
    groups, targets = groups_of(*[2] * 500), np.tile([0, 1], 500)
    got = permuted(targets, groups, seed=3)
    assert (got.reshape(-1, 2).sum(axis=1) == 1).all()
    assert 0.4 < (got == targets).mean() < 0.6


@pytest.mark.parametrize("others", [[1] * 4, [1] * 40, [4, 4], [3, 5, 8]])
def test_pairs_stay_one_of_each_beside_groups_of_other_sizes(others: list[int]) -> None:
    groups = groups_of(*[2] * 30, *others)
    targets = np.r_[np.tile([0, 1], 30), np.zeros(sum(others), dtype=np.int64)]
    for seed in range(20):
        got = permuted(targets, groups, seed)
        assert (got[:60].reshape(-1, 2).sum(axis=1) == 1).all()
    assert tied_share(targets, groups) == pytest.approx(sum(others) / len(targets))


def test_one_deviating_label_does_not_tie_a_group() -> None:
    """`0000 1 | 1111 0`: exchanged half of the time, the places of the odd ones are free."""
    groups, targets = groups_of(5, 5), np.array([0, 0, 0, 0, 1, 1, 1, 1, 1, 0])
    assert agreement(targets, groups, n=400) == pytest.approx(0.5, abs=0.04)


def test_the_control_of_noisy_question_types_is_at_chance() -> None:
    rows = [json.loads(line) for line in (SHIPPED / "question_type.jsonl").open()]
    types = np.unique([row["label"] for row in rows], return_inverse=True)[1]
    groups = np.unique([row["group"] for row in rows], return_inverse=True)[1]
    rng = np.random.default_rng(0)
    redrawn = rng.random(len(types)) < 0.1
    noisy = np.where(redrawn, rng.integers(0, 7, len(types)), types)
    assert agreement(noisy, groups, truth=types, n=40) == pytest.approx(1 / 7, abs=0.02)
    assert tied_share(noisy, groups) == 0.0


UNEQUAL = {
    "few of each size": [*range(1, 41)],
    "long tail": [300, 120, 60, 40, 30, 20, 20, 15, 12, 12, *[9] * 5, *[5] * 15, *[1] * 100],
    "one giant": [100, *[5] * 60],
}


@pytest.mark.parametrize("noise", [0.0, 0.1])
@pytest.mark.parametrize("sizes", UNEQUAL.values(), ids=UNEQUAL)
def test_groups_of_unequal_sizes_come_out_at_chance(sizes: list[int], noise: float) -> None:
    rng = np.random.default_rng(5)
    groups = groups_of(*sizes)
    truth = rng.permutation(np.arange(len(sizes)) % 2)[groups]
    redrawn = rng.random(len(groups)) < noise
    targets = np.where(redrawn, rng.integers(0, 2, len(groups)), truth)
    made = [permuted(targets, groups, seed) for seed in range(150)]
    got = np.mean([(one == truth).mean() for one in made])
    by_chance = np.mean([one.mean() * truth.mean() + (1 - one.mean()) * (1 - truth.mean())
                         for one in made])  # fmt: skip
    assert got == pytest.approx(by_chance, abs=0.06)
    assert tied_share(targets, groups) == 0.0


def test_sizes_that_go_with_a_label_exchange_with_one_another() -> None:
    groups = groups_of(*[5] * 20, *[7] * 20)
    targets = (groups >= 20).astype(np.int64)
    assert agreement(targets, groups) == pytest.approx(0.5, abs=0.04)
    assert tied_share(targets, groups) == 0.0


def test_numbers_move_between_groups_too() -> None:
    rng = np.random.default_rng(1)
    sizes = rng.integers(2, 6, 80)
    groups = np.repeat(np.arange(80), sizes)
    level = rng.normal(size=80)[groups]
    targets = level + 0.1 * rng.normal(size=len(groups))
    related = [np.corrcoef(permuted(targets, groups, seed), level)[0, 1] for seed in range(50)]
    assert np.mean(related) == pytest.approx(0.0, abs=0.05)


def test_a_rare_class_is_not_thinned_out() -> None:
    sizes = [12] * 12 + [*range(20, 31)]
    groups = groups_of(*sizes)
    targets = np.zeros(len(groups), dtype=np.int64)
    targets[np.cumsum(sizes) - 1] = 1
    for seed in range(20):
        got = permuted(targets, groups, seed)
        assert len(set(groups[got == 1].tolist())) >= 20


def test_what_cannot_move_is_counted() -> None:
    lone = groups_of(*[2] * 40, *[1] * 20)
    targets = np.r_[np.tile([0, 1], 40), np.ones(20, dtype=np.int64)]
    assert tied_share(targets, lone) == pytest.approx(0.2)
    assert tied_share(np.tile([0, 1], 50), np.arange(100)) == 0.0
