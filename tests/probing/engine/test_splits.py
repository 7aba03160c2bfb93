"""Folds: disjoint by group, stratified, of the asked sizes, the same for the same seed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probing.engine.splits import deal, make_folds, make_labellings, seed_of
from probing.engine.splits.types import Fold
from probing.errors import CellError, SpecError
from probing.spec import ClassifierSpec, DatasetSpec, ModelSpec, PoolerSpec, Spec

RNG = np.random.default_rng(11)


@dataclass
class Data:
    """What a dataset tells to be split."""

    targets: Any
    groups: Any
    task: str = "binary"
    splits: tuple[str, ...] | None = None
    classes: tuple[str, ...] = field(default=("false", "true"))


def spec(**options: Any) -> Spec:
    return Spec(
        (DatasetSpec("d"),), (ModelSpec("m"),), (PoolerSpec(),), (ClassifierSpec("LDA"),), **options
    )


def singletons(n: int) -> Any:
    return np.arange(n)


def check_disjoint(fold: Fold, groups: Any) -> None:
    """The parts share no row and no group, and are sorted."""
    rows = np.concatenate([fold.train, fold.val, fold.test])
    assert len(rows) == len(set(rows.tolist()))
    parts = [set(groups[part].tolist()) for part in (fold.train, fold.val, fold.test)]
    assert not (parts[0] & parts[1] or parts[0] & parts[2] or parts[1] & parts[2])
    for part in (fold.train, fold.val, fold.test):
        assert (np.diff(part) > 0).all()


def test_k_folds_test_every_row_once_and_use_every_row_in_every_fold() -> None:
    targets, groups = RNG.integers(0, 3, 305), singletons(305)
    folds = make_folds(targets, groups, "multiclass", n_folds=7)
    tested = np.concatenate([fold.test for fold in folds])
    assert sorted(tested.tolist()) == list(range(305))
    for fold in folds:
        check_disjoint(fold, groups)
        assert len(fold.train) + len(fold.val) + len(fold.test) == 305


def test_parts_have_the_asked_sizes_and_shares_of_classes() -> None:
    targets = np.repeat([0, 1, 2], [500, 300, 200])
    for fold in make_folds(targets, singletons(1000), "multiclass", n_folds=5, val_size=0.1):
        assert np.bincount(targets[fold.test]).tolist() == [100, 60, 40]
        assert np.bincount(targets[fold.val]).tolist() == [50, 30, 20]


def test_sizes_differ_by_few_rows_where_nothing_divides() -> None:
    targets = RNG.integers(0, 4, 203)
    sizes = [len(fold.test) for fold in make_folds(targets, singletons(203), "multiclass")]
    assert max(sizes) - min(sizes) <= 2


def test_regression_folds_hold_every_tenth_of_the_range() -> None:
    targets = RNG.exponential(size=500)
    edges = np.quantile(targets, np.linspace(0, 1, 11)[1:-1])
    for fold in make_folds(targets, singletons(500), "regression", n_folds=5):
        assert np.bincount(np.searchsorted(edges, targets[fold.test])).tolist() == [10] * 10


def test_no_validation_part_where_none_is_asked_for() -> None:
    for fold in make_folds(RNG.integers(0, 2, 40), singletons(40), "binary", n_folds=4, val_size=0):
        assert len(fold.val) == 0 and len(fold.train) == 30


def test_pairs_stay_together_and_every_fold_is_balanced() -> None:
    groups, targets = np.repeat(np.arange(200), 2), np.tile([0, 1], 200)
    for fold in make_folds(targets, groups, "binary", n_folds=10):
        check_disjoint(fold, groups)
        for part in (fold.train, fold.val, fold.test):
            assert (targets[part] == 1).mean() == 0.5
        assert len(fold.test) == 40


@settings(max_examples=60, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 12), min_size=12, max_size=60),
    n_folds=st.integers(2, 5),
    seed=st.integers(0, 2**31),
    pure=st.booleans(),
    task=st.sampled_from(["multiclass", "regression"]),
)
def test_any_groups_are_never_cut(
    sizes: list[int], n_folds: int, seed: int, pure: bool, task: str
) -> None:
    rng = np.random.default_rng(seed)
    groups = np.repeat(np.arange(len(sizes)), sizes)
    targets: Any = rng.integers(0, 3, len(groups))
    if pure:
        targets = rng.integers(0, 3, len(sizes))[groups]
    if task == "regression":
        targets = targets + rng.normal(size=len(groups))
    order = rng.permutation(len(groups))
    groups, targets = groups[order], targets[order]
    try:
        folds = make_folds(targets, groups, task, n_folds=n_folds, seed=seed)
    except CellError as error:
        assert task == "multiclass"
        few = [len(set(groups[targets == one].tolist())) for one in set(targets.tolist())]
        assert min(few) < n_folds and "fewer than" in str(error)
        return
    tested = np.concatenate([fold.test for fold in folds])
    assert sorted(tested.tolist()) == list(range(len(groups)))
    share, largest = len(groups) / n_folds, max(sizes)
    for fold in folds:
        check_disjoint(fold, groups)
        assert abs(len(fold.test) - share) <= 2 * largest


@settings(max_examples=40, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 30), min_size=15, max_size=50),
    share=st.floats(0.1, 0.5),
    seed=st.integers(0, 2**31),
)
def test_a_share_is_met_up_to_one_group(sizes: list[int], share: float, seed: int) -> None:
    groups = np.repeat(np.arange(len(sizes)), sizes)
    part = deal(groups, np.zeros(len(groups), dtype=np.int64), (share, 1 - share), seed)
    got = int((part == 0).sum())
    assert abs(got - share * len(groups)) <= max(sizes)


def test_a_giant_group_is_not_the_test_part() -> None:
    groups = np.repeat(np.arange(41), [60, *[1] * 40])
    targets = np.arange(100) % 2
    folds = make_folds(targets, groups, "binary", split="shuffle", n_folds=10)
    assert all(10 <= len(fold.test) <= 30 for fold in folds)
    assert len({fold.test.tobytes() for fold in folds}) == 10


def test_groups_of_many_sizes_are_split_otherwise_by_another_seed() -> None:
    groups = np.repeat(np.arange(30), np.arange(1, 31))
    strata = np.zeros(len(groups), dtype=np.int64)
    splits = {deal(groups, strata, (0.2, 0.8), seed).tobytes() for seed in range(20)}
    assert len(splits) > 10


def test_shuffled_splits_overlap_and_have_the_test_size() -> None:
    targets = np.arange(200) % 2
    folds = make_folds(
        targets, singletons(200), "binary", split="shuffle", n_folds=6, test_size=0.25
    )
    assert [len(fold.test) for fold in folds] == [50] * 6
    assert set(folds[0].test.tolist()) & set(folds[1].test.tolist())
    assert all((targets[fold.test] == 1).mean() == 0.5 for fold in folds)


def test_the_given_split_is_used_as_it_is() -> None:
    parts = ("train",) * 60 + ("val",) * 20 + ("test",) * 20
    (fold,) = make_folds(np.arange(100) % 2, singletons(100), "binary", split="given", given=parts)
    assert fold.train.tolist() == list(range(60))
    assert fold.val.tolist() == list(range(60, 80))
    assert fold.test.tolist() == list(range(80, 100))


def test_a_given_split_without_validation_takes_it_from_the_training_part() -> None:
    parts, targets = ("train",) * 80 + ("test",) * 20, np.arange(100) % 2
    (fold,) = make_folds(targets, singletons(100), "binary", split="given", given=parts)
    assert len(fold.val) == 10 and fold.val.max() < 80
    assert fold.test.tolist() == list(range(80, 100))
    (bare,) = make_folds(targets, singletons(100), "binary", split="given", given=parts, val_size=0)
    assert len(bare.val) == 0


@pytest.mark.parametrize(
    ("given_parts", "says"),
    [
        (None, "no split column"),
        (("train",) * 4, "no test rows"),
        (("test",) * 4, "no training"),
    ],
)
def test_a_given_split_that_lacks_a_part_is_refused(given_parts: Any, says: str) -> None:
    with pytest.raises(SpecError, match=says):
        make_folds(np.arange(4) % 2, singletons(4), "binary", split="given", given=given_parts)


def test_a_class_too_small_is_named_with_its_counts() -> None:
    targets = np.array([0] * 20 + [2] * 3)
    with pytest.raises(CellError, match=r"class 2 \('c'\) has 3 texts, fewer than 5 folds"):
        make_folds(targets, singletons(23), "multiclass", n_folds=5, classes=("a", "b", "c"))
    groups = np.array([*range(20), 20, 20, 20])
    with pytest.raises(CellError, match="3 texts in 1 group, fewer than 2 folds"):
        make_folds(targets, groups, "multiclass", n_folds=2)


def test_too_few_groups_for_numbers_are_an_error() -> None:
    groups = np.repeat(np.arange(3), 10)
    with pytest.raises(CellError, match="30 texts in 3 groups are too few for 5 folds"):
        make_folds(RNG.normal(size=30), groups, "regression", n_folds=5)
    with pytest.raises(CellError, match="part of a fold is empty"):
        make_folds(RNG.normal(size=9), np.zeros(9, int), "regression", split="shuffle", n_folds=1)


def test_parts_that_leave_no_training_rows_are_refused() -> None:
    with pytest.raises(SpecError, match="leaves nothing to train on"):
        make_folds(np.arange(40) % 2, singletons(40), "binary", n_folds=2, val_size=0.6)


def test_the_same_seed_gives_the_same_folds_and_another_gives_others() -> None:
    targets = RNG.integers(0, 2, 120)
    one, same, other = (
        make_folds(targets, singletons(120), "binary", n_folds=3, seed=seed) for seed in (5, 5, 6)
    )
    assert all((a.test == b.test).all() for a, b in zip(one, same, strict=True))
    assert any(a.test.tolist() != b.test.tolist() for a, b in zip(one, other, strict=True))


def test_seeds_depend_on_the_purpose() -> None:
    assert seed_of(0, "a", 1) == seed_of(0, "a", 1)
    assert len({seed_of(0, "a", 1), seed_of(0, "a", 2), seed_of(1, "a", 1), seed_of(0, "a1")}) == 4


def test_labellings_are_the_task_and_then_its_permutations() -> None:
    data = Data(RNG.integers(0, 2, 100), singletons(100))
    made = make_labellings(data, spec(n_folds=4, n_shuffles=3), "toy")
    assert [(one.control, one.permutation) for one in made] == [
        ("", 0), ("shuffled_labels", 0), ("shuffled_labels", 1), ("shuffled_labels", 2),
    ]  # fmt: skip
    assert (made[0].targets == data.targets).all()
    assert len({one.seed for one in made}) == 4
    for one in made[1:]:
        assert sorted(one.targets) == sorted(data.targets)
        assert 0.3 < (one.targets == data.targets).mean() < 0.7
        for fold in one.folds:
            assert abs((one.targets[fold.test] == 1).mean() - data.targets.mean()) < 0.05
    assert len(make_labellings(data, spec(controls=()), "toy")) == 1


def test_labellings_do_not_depend_on_how_many_are_asked_for() -> None:
    data = Data(RNG.integers(0, 2, 60), singletons(60))
    few = make_labellings(data, spec(n_folds=3, n_shuffles=1), "toy")
    many = make_labellings(data, spec(n_folds=3, n_shuffles=4), "toy")
    for a, b in zip(few, many, strict=False):
        assert (a.targets == b.targets).all()
        for one, two in zip(a.folds, b.folds, strict=True):
            assert (one.train == two.train).all() and (one.val == two.val).all()
    other = make_labellings(data, spec(n_folds=3), "another")
    assert any((a.test != b.test).any() for a, b in zip(few[0].folds, other[0].folds, strict=True)
               if len(a.test) == len(b.test))  # fmt: skip


def test_every_training_row_has_an_inner_fold_that_keeps_groups_whole() -> None:
    groups, targets = np.repeat(np.arange(60), 2), np.tile([0, 1], 60)
    (task,) = make_labellings(Data(targets, groups), spec(n_folds=4, controls=()), "toy")
    for fold, inner in zip(task.folds, task.inner, strict=True):
        assert len(inner) == len(fold.whole.train)
        assert set(inner.tolist()) == set(range(5))
        parts = [set(groups[fold.whole.train[inner == at]].tolist()) for at in range(5)]
        assert sum(map(len, parts)) == len(set().union(*parts))
        for at in range(5):
            assert (targets[fold.whole.train[inner == at]] == 1).mean() == 0.5


def test_inner_folds_are_fewer_where_a_class_is_small() -> None:
    targets = np.array([0] * 60 + [1] * 6)
    data = Data(targets, singletons(66))
    (task,) = make_labellings(data, spec(n_folds=2, controls=(), val_size=0), "toy")
    for fold, inner in zip(task.folds, task.inner, strict=True):
        assert set(inner.tolist()) == {0, 1, 2}
        for at in range(3):
            assert set(targets[fold.train[inner == at]].tolist()) == {0, 1}


def test_the_given_split_stays_under_permuted_labels() -> None:
    parts = ("train",) * 60 + ("val",) * 10 + ("test",) * 30
    data = Data(np.arange(100) % 2, singletons(100), splits=parts)
    for one in make_labellings(data, spec(split="given", n_shuffles=2), "toy"):
        assert one.folds[0].test.tolist() == list(range(70, 100))


def test_a_given_training_part_of_one_group_is_not_emptied_by_the_validation_part() -> None:
    parts, groups = ("train",) * 4 + ("test",) * 36, np.r_[np.zeros(4, int), np.arange(1, 37)]
    for seed in range(8):
        try:
            (fold,) = make_folds(
                np.arange(40) % 2, groups, "binary", split="given", given=parts, seed=seed
            )
        except CellError as error:
            assert "the training part of a fold is empty" in str(error)
        else:
            assert len(fold.train) == 4


def test_labels_that_no_permutation_moves_are_flagged() -> None:
    groups = np.r_[np.repeat(np.arange(40), 2), np.arange(40, 60)]
    data = Data(np.r_[np.tile([0, 1], 40), np.ones(20, int)], groups)
    task, *controls = make_labellings(data, spec(n_folds=4, n_shuffles=2), "toy")
    assert task.flags == ()
    assert {one.flags for one in controls} == {("no permutation can move 20 % of the labels",)}
