"""Which texts of another dataset a probe may be tested on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from probing.datasets import TextDataset
from probing.datasets.rows.groups_across import groups_across
from probing.engine.experiment.transfers.tested_rows import TestedRows, left_out_ratio
from probing.engine.splits import Fold, Labelling
from probing.spec import DatasetSpec

KEEP, JOIN = DatasetSpec("x", near_duplicates="keep"), DatasetSpec("x")


def dataset(texts: list[str], groups: list[int], path: str, names: tuple[str, ...] = ()):
    return TextDataset(
        path,
        Path(path),
        "binary",
        tuple(texts),
        np.zeros(len(texts), dtype=np.int64),
        ("no", "yes"),
        np.array(groups),
        None,
        (),
        group_names=names,
    )


def test_rows_share_a_group_across_datasets() -> None:
    long = "a rather long sentence about the weather in the north of the country today"
    one = dataset(["a b", long, "e f"], [0, 1, 2], "one", ("p", "q", ""))
    two = dataset(["A   B", "a  b", long + "!", "z z"], [0, 1, 2, 1], "two", ("q", "q", "", ""))
    groups, others = groups_across([(one, KEEP), (two, JOIN)])
    # the second text repeats, and its group comes along; white space does not count
    assert others[1] == others[3] == groups[0] and others[0] not in groups
    assert others[2] not in groups and len({*groups}) == 3
    groups, others = groups_across([(one, JOIN), (two, JOIN)])
    assert others[2] == groups[1]
    both = dataset(["A  B", "z"], [0, 1], "one", ("q", ""))
    groups, others = groups_across([(one, KEEP), (both, KEEP)])
    assert others[0] == groups[1] and others[1] not in groups


FOLDS = [Fold(np.array([2, 3]), np.array([], int), np.array([0, 1])),
         Fold(np.array([0]), np.array([1]), np.array([2, 3]))]  # fmt: skip


def test_a_few_known_texts_are_not_tested() -> None:
    rows = TestedRows(np.arange(5), [(np.array([0, 1, 2, 3]), np.array([1, 7, 8, 9, 10]))])
    assert not rows.by_fold
    assert [rows.tested([fold]).tolist() for fold in FOLDS] == [[False, *[True] * 4]] * 2
    assert rows.told == (
        "1 of 5 texts repeat or belong together with some of the training datasets: not tested"
    )


def test_most_known_texts_are_tested_by_folds_that_do_not_know_them() -> None:
    rows = TestedRows(np.arange(4), [(np.array([0, 1, 2, 3]), np.array([0, 3, 2, 9]))])
    assert rows.by_fold and "tested by the folds not trained on these" in rows.told
    # the validation part of a fold is known too
    tested = [rows.tested([fold]).tolist() for fold in FOLDS]
    assert tested == [[True, False, False, True], [False, True, True, True]]


def test_nothing_is_told_where_nothing_is_known() -> None:
    rows = TestedRows(np.arange(2), [(np.array([0]), np.array([5, 6]))])
    assert rows.told == "" and rows.tested(FOLDS[:1]).all()


def test_the_ratio_of_texts_kept_to_texts_left_out() -> None:
    task = Labelling("", 0, np.zeros(4, dtype=np.int64), tuple(FOLDS), (), 0)
    assert left_out_ratio(task) == pytest.approx(1.0)
    assert left_out_ratio(Labelling("", 0, np.zeros(4), tuple(FOLDS[:1]), (), 0)) is None
