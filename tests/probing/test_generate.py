"""The datasets that ship: made anew byte for byte, balanced, grouped, and not solved by words."""

from __future__ import annotations

import json
import random
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

from probing.errors import DatasetError
from probing.generate import GENERATORS, make, rows_of
from probing.generate.rows import sentence
from probing.generate.word_order import swappable
from probing.generate.words import truth_nature, truth_places, truth_words
from probing.generate.words.truth_relations import RELATIONS
from probing.generate.year import in_words

DATA = Path(__file__).parents[2] / "data"
PAIRED = ("truth", "tense", "subject_number", "sentiment", "word_order", "spanish_tense")
CLASSES = [name for name, facts in GENERATORS.items() if facts.task != "regression"]


@pytest.fixture(scope="module")
def remade(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    make(folder)
    return folder


def _shipped(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / f"{name}.jsonl").read_text("utf-8").splitlines()]


@pytest.mark.parametrize("file_name", [*(f"{name}.jsonl" for name in GENERATORS), "README.md"])
def test_made_anew_it_is_what_ships(remade: Path, file_name: str) -> None:
    assert (remade / file_name).read_bytes() == (DATA / file_name).read_bytes()


@pytest.mark.parametrize("name", GENERATORS)
def test_size_and_no_text_twice(name: str) -> None:
    rows = _shipped(name)
    texts = [row["text"] for row in rows]
    assert len(rows) >= 2000
    assert len(set(texts)) == len(texts)
    assert (DATA / f"{name}.jsonl").stat().st_size < 1_000_000
    assert not [text for text in texts if text != " ".join(text.split()) or "{" in text]
    assert all(("group" in row) == bool(GENERATORS[name].grouped_by) for row in rows)


@pytest.mark.parametrize("name", CLASSES)
def test_classes_are_even(name: str) -> None:
    counts = Counter(row["label"] for row in _shipped(name))
    assert len(set(counts.values())) == 1
    assert (len(counts) == 2) == (GENERATORS[name].task == "binary")


@pytest.mark.parametrize("name", PAIRED)
def test_groups_hold_every_label_alike(name: str) -> None:
    labels: dict[str, Counter[Any]] = defaultdict(Counter)
    for row in _shipped(name):
        labels[row["group"]][row["label"]] += 1
    classes = {row["label"] for row in _shipped(name)}
    for counts in labels.values():
        assert set(counts) == classes
        assert len(set(counts.values())) == 1


@pytest.mark.parametrize(
    ("name", "low", "high"), [("sentiment_graded", -1, 1), ("year", 1800, 2020)]
)
def test_regression_labels_are_floats_in_range(name: str, low: int, high: int) -> None:
    labels = [row["label"] for row in _shipped(name)]
    assert all(isinstance(label, float) and low <= label <= high for label in labels)
    assert max(Counter(labels).values()) < len(labels) / 10


def test_truth_labels_are_booleans() -> None:
    assert {type(row["label"]) for row in _shipped("truth")} == {bool}


def test_swapped_words_are_the_same_bag() -> None:
    pairs: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in _shipped("word_order"):
        pairs[row["group"]].append(row)
    for first, second in pairs.values():
        assert sorted(first["text"].split()) == sorted(second["text"].split())
        assert first["text"] != second["text"]


@pytest.mark.parametrize("name", ["truth", "word_order", "sentiment", "tense", "subject_number"])
def test_words_alone_do_not_solve_it(name: str) -> None:
    sklearn = pytest.importorskip("sklearn")
    assert sklearn
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold, cross_val_score

    rows = _shipped(name)
    counts = CountVectorizer().fit_transform([row["text"] for row in rows])
    labels = [str(row["label"]) for row in rows]
    groups = [row["group"] for row in rows]
    model = LogisticRegression(max_iter=300)
    scores = cross_val_score(model, counts, labels, groups=groups, cv=GroupKFold(5))
    assert scores.mean() <= 0.55


@pytest.mark.parametrize("relation", RELATIONS, ids=lambda relation: relation.name)
def test_no_subject_has_two_answers(relation: Any) -> None:
    subjects = [subject for subject, _ in relation.facts]
    assert len(set(subjects)) == len(subjects)
    assert all(subject and right and subject != right for subject, right in relation.facts)
    most = max(Counter(right for _, right in relation.facts).values())
    assert most * 2 <= len(relation.facts)


def test_no_statement_is_both_true_and_false() -> None:
    right = {(relation.name, *fact) for relation in RELATIONS for fact in relation.facts}
    rng = random.Random(0)
    from probing.generate.truth import _swapped

    for relation in RELATIONS:
        swapped = list(_swapped(rng, relation.facts))
        assert Counter(wrong for _, wrong in swapped) == Counter(fact[1] for fact, _ in swapped)
        assert not {(relation.name, fact[0], wrong) for fact, wrong in swapped} & right


def test_tables_are_even_and_answers_unique_where_they_must_be() -> None:
    for lines in (truth_places.COUNTRIES, truth_nature.ELEMENTS, truth_words.TRANSLATIONS):
        assert len({len(line) for line in lines}) == 1
    for column in (1, 2):
        answers = [line[column] for line in truth_nature.ELEMENTS]
        assert len(set(answers)) == len(answers)
    assert len(truth_words.MONTHS) == 12
    assert len(truth_words.DAYS) == 7


def test_sentences_get_their_articles() -> None:
    assert sentence("a owl saw a unicorn , a hour ago.") == "An owl saw a unicorn, an hour ago."


@pytest.mark.parametrize(
    ("year", "words"),
    [
        (1800, "eighteen hundred"),
        (1807, "eighteen oh seven"),
        (1942, "nineteen forty-two"),
        (2000, "two thousand"),
        (2005, "two thousand and five"),
        (2016, "twenty sixteen"),
    ],
)
def test_years_in_words(year: int, words: str) -> None:
    assert in_words(year) == words


def test_swaps_stay_clear_of_start_end_and_commas() -> None:
    words = ["The", "old", "dog", "who", "left,", "saw", "the", "red", "barn", "at", "dawn."]
    assert swappable(words) == [1, 6, 7]


def test_an_unknown_dataset_gets_a_hint(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="truth"):
        make(tmp_path, ["trut"])
    assert list(tmp_path.iterdir()) == []


def test_one_dataset_alone(tmp_path: Path) -> None:
    assert make(tmp_path, ["year"]) == [tmp_path / "year.jsonl"]
    assert len(rows_of("year")) == len((tmp_path / "year.jsonl").read_text("utf-8").splitlines())
