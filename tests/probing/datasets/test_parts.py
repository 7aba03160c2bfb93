"""Entries of several datasets: one for each value of a column, one for each target."""

from __future__ import annotations

import json
import random

import numpy as np
import pytest

from probing import datasets
from probing.datasets import facts_of_each, load, parts_of
from probing.engine.splits import deal, make_labellings
from probing.errors import DatasetError, SpecError
from probing.plan.unique_names import name_datasets
from probing.spec import ClassifierSpec, DatasetSpec, ModelSpec, PoolerSpec, Spec

WORDS = ["the", "a", "cat", "dog", "sat", "ran", "on", "in", "mat", "house", "red", "big", "it"]


def rows(n: int = 60):
    draw = random.Random(3)
    for at in range(n):
        yield {
            "text": f"{' '.join(draw.sample(WORDS, 6))} {at}",
            "tense": ("past", "present")[at % 2],
            "number": (None, "one", "many")[at % 3],
            "length": at / 7,
            "topic": ("home", "work", "Zoo")[at // 20 % 3],
            "group": at // 2,
        }


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "d.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows()))
    return file


def found(path, **keys):
    return facts_of_each(DatasetSpec(str(path), **keys), [path])


def several(path, **keys):
    entry = DatasetSpec(str(path), **keys)
    return [load(part, path) for part in parts_of(entry, path)]


TARGETS = ["tense", "number", "length"]


def test_each_value_of_subset_is_a_dataset(path):
    read = found(path, target="tense", subset="topic")
    assert [facts.name for _, facts in read.datasets] == ["d[Zoo]", "d[home]", "d[work]"]
    assert [facts.n_rows for _, facts in read.datasets] == [20, 20, 20]
    named = name_datasets(read.datasets)
    assert [one.name for one in named] == ["d[Zoo]", "d[home]", "d[work]"]


def test_a_value_that_makes_no_dataset_is_left_out_and_told(path):
    with path.open("a") as file:
        for at in range(3):
            file.write(json.dumps({"text": f"x {at}", "tense": "past", "topic": "odd"}) + "\n")
    read = found(path, target="tense", subset="topic")
    assert len(read.datasets) == 3 and read.errors == []
    assert read.notes == ["topic = 'odd' is left out: only one class: 'past'"]
    alone = found(path, target="topic", subset="topic")
    assert alone.datasets == []
    assert "no value of 'topic' makes a dataset; of 'Zoo': only one class" in str(alone.errors[0])


@pytest.mark.parametrize(
    ("column", "message"),
    [
        ("topics", "no column 'topics' to use as subset; did you mean 'topic'?"),
        ("text", "has 300 values .*at most 200"),
    ],
)
def test_a_column_that_serves_no_subset_is_told(path, column, message):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows(300)))
    with pytest.raises(DatasetError, match=message.replace("?", r"\?")):
        parts_of(DatasetSpec(str(path), target="tense", subset=column), path)


def test_each_target_is_a_dataset_that_tells_what_it_lacks(path):
    read = found(path, target=TARGETS)
    told = [(facts.name, facts.task, facts.n_rows, facts.dropped) for _, facts in read.datasets]
    assert told == [
        ("d[tense]", "binary", 60, ()),
        ("d[number]", "binary", 40, (("no number", 20),)),
        ("d[length]", "regression", 60, ()),
    ]
    both = found(path, target=["tense", "number"], subset="topic")
    assert both.datasets[1][1].name == "d[Zoo][number]"


def test_targets_read_the_same_texts_and_know_their_rows(path):
    tense, number, _ = several(path, target=TARGETS)
    assert number.read.sha256 == tense.read.sha256 and tense.texts == tense.read.texts
    assert tuple(number.read.texts[at] for at in number.shared.rows) == number.texts
    alone = load(DatasetSpec(str(path), target="number", missing="drop"), path)
    assert (alone.texts, alone.targets.tolist()) == (number.texts, number.targets.tolist())
    assert alone.groups.tolist() == number.groups.tolist()
    assert len(number.group_names) == len(number) and number.group_names[0] == "0"
    assert (number.shared.strata[:, 1] == -1).sum() == 20


def spec(**keys) -> Spec:
    entries = (DatasetSpec("d"),), (ModelSpec("m"),), (PoolerSpec(),), (ClassifierSpec("LDA"),)
    return Spec(*entries, **{"controls": (), **keys})


@pytest.mark.parametrize("keys", [{"n_folds": 5}, {"n_folds": 3, "split": "shuffle"}])
def test_all_targets_have_one_set_of_folds(path, keys):
    data = several(path, target=TARGETS)
    parts = []
    for one in data:
        (task,) = make_labellings(one, spec(**keys), one.name, one.shared)
        part = np.full((len(task.folds), 60), -1)
        for at, fold in enumerate(task.folds):
            part[at, one.shared.rows[fold.test]] = 2
            part[at, one.shared.rows[fold.val]] = 1
            part[at, one.shared.rows[fold.train]] = 0
            assert not set(one.groups[fold.test]) & set(one.groups[fold.whole.train])
        parts.append(part)
    assert (parts[0] == parts[2]).all()
    own = parts[1] >= 0
    assert (parts[0][own] == parts[1][own]).all() and own.sum() == 40 * len(parts[0])


def test_every_part_gets_its_share_of_the_classes_of_every_target():
    rng = np.random.default_rng(0)
    strata = np.stack([rng.integers(0, 3, 400), rng.integers(-1, 5, 400)], axis=1)
    part = deal(np.arange(400), strata, (1,) * 5, 1)
    for column in strata.T:
        counts = np.stack([np.bincount(column[(part == at) & (column >= 0)]) for at in range(5)])
        assert np.ptp(counts, axis=0).max() <= 2


def test_strata_of_one_target_are_dealt_as_they_were():
    strata = np.random.default_rng(0).integers(0, 3, 100)
    groups = np.arange(100) // 2
    assert (deal(groups, strata, (1, 1, 1), 5) == deal(groups, strata[:, None], (1, 1, 1), 5)).all()


def test_a_limit_draws_the_same_texts_for_all_targets(path):
    tense, number, length = several(path, target=TARGETS, limit=30)
    assert len(tense) == len(length) <= 30 and set(number.texts) < set(tense.texts)
    assert tense.texts == length.texts == tense.read.texts


def test_near_duplicates_share_a_group_for_all_targets(path):
    text = "a long sentence about the weather of this spring that came twice"
    with path.open("a") as file:
        for mark, number in (("!", None), ("?", "one")):
            row = {"text": text + mark, "tense": "past", "number": number, "length": 1.5}
            file.write(json.dumps(row) + "\n")
    keys = {"target": ["tense", "number"], "group": False}
    tense, number = several(path, **keys)
    assert tense.groups[60] == tense.groups[61] and len(number.near) == 0
    assert tense.shared.groups[60] == tense.shared.groups[61]
    kept, _ = several(path, near_duplicates="keep", **keys)
    assert kept.groups[60] != kept.groups[61] and set(map(tuple, kept.near.tolist())) == {(60, 61)}


def test_what_several_targets_cannot_have_is_refused(path):
    for key, value in (("positive", "past"), ("classes", ["past", "present"])):
        with pytest.raises(SpecError, match="write an entry for each target"):
            DatasetSpec("d", target=["a", "b"], **{key: value})
    assert DatasetSpec("d", target=["a"]).target == "a"
    read = found(path, target=["tense", "tens"])
    assert "no column 'tens' to use as the target; did you mean 'tense'?" in str(read.errors[0])
    with pytest.raises(DatasetError, match="an entry of several datasets"):
        load(DatasetSpec(str(path), target=["tense", "number"]), path)


def test_words_have_several_targets_too(tmp_path):
    row = {"tokens": ["a", "b"], "upos": ["X", "Y"], "xpos": ["x", None]}
    more = {"tokens": ["c", "d"], "upos": ["Y", "X"], "xpos": ["y", "x"]}
    (tmp_path / "w.jsonl").write_text((json.dumps(row) + "\n" + json.dumps(more) + "\n") * 3)
    upos, xpos = several(tmp_path / "w.jsonl", target=["upos", "xpos"], level="word")
    assert (len(upos), len(xpos), upos.classes) == (12, 9, ("X", "Y"))
    assert upos.read.sha256 == xpos.read.sha256
    assert (upos.read.spans[xpos.shared.rows] == xpos.spans).all()


def test_a_peek_tells_each_dataset(path):
    peeked = datasets.peek_each(DatasetSpec(str(path), target="tense", subset="topic"), path)
    assert [facts.name for _, facts in peeked] == ["d[Zoo]", "d[home]", "d[work]"]


def test_numbers_that_are_asked_for_together_stay_together(path):
    with path.open("a") as file:
        for at in range(40):
            row = {"text": f"more {at}", "length": at / 3, "size": None if at % 4 else at + 0.5}
            file.write(json.dumps(row | {"tense": "past", "group": 100 + at}) + "\n")
    tense, length, size = several(path, target=["tense", "length", "size"], group="group")
    assert tense.shared.beside is None
    sizes = dict(zip(size.texts, size.targets.tolist(), strict=True))
    wanted = [sizes.get(text, np.nan) for text in length.texts]
    np.testing.assert_array_equal(length.shared.beside, np.array(wanted)[:, None])
    facts = facts_of_each(
        DatasetSpec(str(path), target=("tense", "length", "size"), group="group"), [path]
    )
    assert [(one.n_numbers, one.n_with_all) for _, one in facts.datasets] == [
        (0, 0),
        (2, 10),
        (2, 10),
    ]
    asked = spec(n_folds=3, controls=("shuffled_labels",), n_shuffles=2)
    pairs = set(zip(length.targets.tolist(), map(str, wanted), strict=True))
    task, *shuffled = make_labellings(length, asked, "length", length.shared)
    np.testing.assert_array_equal(task.beside, length.shared.beside)
    for one in shuffled:
        assert not np.array_equal(one.targets, task.targets)
        moved = zip(one.targets.tolist(), map(str, one.beside[:, 0].tolist()), strict=True)
        assert set(moved) <= pairs


def test_classes_that_a_limit_leaves_too_small_go_for_their_own_target_alone(path):
    with path.open("a") as file:
        for at in range(60):
            row = {"text": f"some {at}", "tense": ("past", "present")[at % 2]}
            row["number"] = ("two", "three")[at // 2 % 2]
            file.write(json.dumps(row | {"group": 100 + at}) + "\n")
    entry = {"target": ["tense", "number"], "min_class": 12, "limit": 60}
    tense, number = several(path, near_duplicates="ignore", group=False, **entry)
    assert tense.classes == ("past", "present") and not any("min_class" in n for n in tense.notes)
    assert number.classes == ("three", "two") and min(np.bincount(number.targets)) >= 12
    (note,) = [note for note in number.notes if "min_class" in note]
    why = "limit = 60 leaves them in fewer than 12 groups (min_class)"
    assert note == f"many, one: left out, since {why}"
