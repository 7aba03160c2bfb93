"""Every layout in which people keep rows in a JSON file."""

import json
from pathlib import Path
from typing import Any

import pytest

from probing.datasets import TextDataset, is_dataset, load
from probing.errors import DatasetError
from probing.spec import DatasetSpec

TEXTS = ["She left.", "She leaves.", "We left.", "We leave."]
LABELS = ["past", "present", "past", "present"]
ROWS = [{"text": text, "label": label} for text, label in zip(TEXTS, LABELS, strict=True)]
PAIRS = [list(pair) for pair in zip(TEXTS, LABELS, strict=True)]
BY_INDEX = {
    "text": {str(at): text for at, text in enumerate(TEXTS)},
    "label": {str(at): label for at, label in enumerate(LABELS)},
}
SERVER = {
    "features": [
        {"feature_idx": 0, "name": "text", "type": {"dtype": "string", "_type": "Value"}},
        {
            "feature_idx": 1,
            "name": "label",
            "type": {"names": ["past", "present"], "_type": "ClassLabel"},
        },
    ],
    "rows": [
        {"row_idx": at, "row": {"text": text, "label": at % 2}, "truncated_cells": []}
        for at, text in enumerate(TEXTS)
    ],
    "num_rows_total": 4,
}
SCHEMA = {"fields": [{"name": "index", "type": "integer"}], "primaryKey": ["index"]}

LAYOUTS: dict[str, Any] = {
    "columns": {"text": TEXTS, "label": LABELS},
    "columns and remarks": {"title": "Tense", "classes": ["a"], "sentence": TEXTS, "y": LABELS},
    "pandas": BY_INDEX,
    "pandas split": {"columns": ["text", "label"], "index": [0, 1, 2, 3], "data": PAIRS},
    "pandas split, other order": {
        "columns": ["label", "text"],
        "index": [0, 1, 2, 3],
        "data": [pair[::-1] for pair in PAIRS],
    },
    "pandas table": {
        "schema": SCHEMA,
        "data": [{"index": at, **row} for at, row in enumerate(ROWS)],
    },
    "pandas index": {str(at): row for at, row in enumerate(ROWS)},
    "by id": {f"s{at}": row for at, row in enumerate(ROWS)},
    "pairs": PAIRS,
    "pairs turned round": [pair[::-1] for pair in PAIRS],
    "pairs with names": [["label", "sentence"], *(pair[::-1] for pair in PAIRS)],
    "data": {"version": "1.0", "data": ROWS},
    "examples": {"name": "tense", "examples": ROWS, "authors": [{"name": "A"}]},
    "rows": {"rows": ROWS},
    "instances": {"instances": ROWS},
    "another key": {"licence": "MIT", "sentences_of_tense": ROWS},
    "pairs under a key": {"data": PAIRS},
    "columns under a key": {"data": {"text": TEXTS, "label": LABELS}},
    "dataset server": SERVER,
}


def read(path: Path, document: Any, **options: object) -> TextDataset:
    path.write_text(json.dumps(document))
    return load(DatasetSpec(path=path.name, **options), path)


@pytest.mark.parametrize("name", LAYOUTS)
def test_layouts(tmp_path: Path, name: str) -> None:
    path = tmp_path / "a.json"
    dataset = read(path, LAYOUTS[name])
    assert list(dataset.texts) == TEXTS
    assert dataset.classes == ("past", "present")
    assert dataset.targets.tolist() == [0, 1, 0, 1]
    assert is_dataset(path)


@pytest.mark.parametrize(
    "parts",
    [
        {"train": ROWS[:2], "test": ROWS[2:]},
        {"train": PAIRS[:2], "test": PAIRS[2:]},
        {
            "train": {"text": TEXTS[:2], "label": LABELS[:2]},
            "test": {"text": TEXTS[2:], "label": LABELS[2:]},
        },
        {"name": "tense", "data": {"train": ROWS[:2], "test": ROWS[2:]}},
    ],
    ids=["rows", "pairs", "columns", "under a key"],
)
def test_splits_as_keys(tmp_path: Path, parts: dict[str, Any]) -> None:
    dataset = read(tmp_path / "a.json", parts)
    assert list(dataset.texts) == TEXTS
    assert dataset.splits == ("train", "train", "test", "test")


def test_an_error_names_the_part(tmp_path: Path) -> None:
    parts = {"train": ROWS, "validation": [ROWS[0], {"text": "no label"}]}
    with pytest.raises(DatasetError, match=r"a\.json, validation, row 2: no target"):
        read(tmp_path / "a.json", parts)


def test_lists_a_line(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(map(json.dumps, PAIRS)))
    dataset = load(DatasetSpec(path="a"), path)
    assert list(dataset.texts) == TEXTS
    assert dataset.targets.tolist() == [0, 1, 0, 1]


def test_wider_lists_have_numbered_columns(tmp_path: Path) -> None:
    rows = [[at, *pair] for at, pair in enumerate(PAIRS)]
    dataset = read(tmp_path / "a.json", rows, text="1", target="2")
    assert list(dataset.texts) == TEXTS


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"text": TEXTS, "label": LABELS[:3]}, "differ in length: 4 of 'text', 3 of 'label'"),
        ([*PAIRS, ["a"]], "row 5: 1 values, but there are 2 columns"),
        ({"a": 1, "b": [1]}, "unknown JSON layout"),
        ([1, 2], "unknown JSON layout"),
        ("text", "unknown JSON layout"),
    ],
)
def test_what_does_not_fit(tmp_path: Path, document: Any, message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        read(tmp_path / "a.json", document)


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("is_train", [True, True, False, False]),
        ("train", ["yes", "yes", "no", "no"]),
        ("is_test", [0, 0, 1, 1]),
        ("test", [False, False, True, True]),
        ("train_test", ["train", "train", "test", "test"]),
    ],
)
def test_a_column_of_truths_is_a_split(tmp_path: Path, column: str, values: list[Any]) -> None:
    rows = [{**row, column: value} for row, value in zip(ROWS, values, strict=True)]
    assert read(tmp_path / "a.json", rows).splits == ("train", "train", "test", "test")


def test_a_validation_column_of_truths(tmp_path: Path) -> None:
    rows = [{**row, "is_dev": at == 3} for at, row in enumerate(ROWS)]
    dataset = read(tmp_path / "a.json", rows, split="is_dev")
    assert dataset.splits == ("train", "train", "train", "val")


def test_truths_of_no_part_are_no_split(tmp_path: Path) -> None:
    rows = [{**row, "fold": at == 3} for at, row in enumerate(ROWS)]
    assert read(tmp_path / "a.json", rows).splits is None
    with pytest.raises(DatasetError, match="unknown split False; use train, val or test, or true"):
        read(tmp_path / "a.json", rows, split="fold")


@pytest.mark.parametrize(
    "document",
    [
        {"added_tokens": [{"id": 0, "content": "[PAD]"}], "model": {"type": "BPE"}},
        {"architectures": ["BertModel"], "layers": 2},
        {"default": {"features": {}, "splits": []}},
    ],
    ids=["tokenizer", "config", "infos"],
)
def test_settings_are_no_dataset(tmp_path: Path, document: Any) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(document))
    assert not is_dataset(path)


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize(
    "name", ["columns", "pandas", "pandas split", "by id", "pairs", "data", "rows"]
)
def test_a_whole_document_in_a_file_of_lines(tmp_path: Path, name: str, indent: int | None) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps(LAYOUTS[name], indent=indent))
    dataset = load(DatasetSpec(path=path.name), path)
    assert list(dataset.texts) == TEXTS and dataset.targets.tolist() == [0, 1, 0, 1]


@pytest.mark.parametrize("rows", [ROWS, [{**row, "meta": {"n": [1, 2]}} for row in ROWS]])
def test_objects_over_several_lines(tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(json.dumps(row, indent=2) for row in rows))
    assert list(load(DatasetSpec(path=path.name), path).texts) == TEXTS


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (json.dumps(ROWS[0]), "only one row"),
        ("{\n" + json.dumps(ROWS[0], indent=2), "line 1: not valid JSON"),
        (json.dumps(ROWS[0], indent=2) + "\n[1,", "line 1: not valid JSON"),
    ],
)
def test_lines_that_are_no_rows(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(text)
    with pytest.raises(DatasetError, match=message):
        load(DatasetSpec(path=path.name), path)
