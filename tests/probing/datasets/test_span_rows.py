"""Rows that are spans, pairs of spans or positions, and columns of words and tags."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from probing.datasets import TextDataset, load
from probing.errors import DatasetError, SpecError
from probing.spec import DatasetSpec


def read(folder: Path, rows: list[dict[str, Any]], **keys: Any) -> TextDataset:
    path = folder / "a.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)) + "\n\n")
    return load(DatasetSpec(str(path), **keys), path)


def cut(data: TextDataset) -> list[list[str]]:
    assert data.spans is not None
    return [
        [text[start:end] for start, end in spans]
        for text, spans in zip(data.texts, data.spans.tolist(), strict=True)
    ]


def edges(*targets: dict[str, Any]) -> dict[str, Any]:
    return {"text": "Mary saw  the red house", "targets": list(targets), "info": {"id": 1}}


def test_edge_probing_gives_a_row_for_each_target(tmp_path: Path) -> None:
    one = {"span1": [0, 1], "span2": [2, 5], "label": "agent"}
    two = {"span1": [1, 2], "span2": [0, 1], "label": ["other"]}
    data = read(tmp_path, [edges(one, two), {"text": "It ran", "targets": []}])
    assert cut(data) == [["Mary", "the red house"], ["saw", "Mary"]]
    assert data.labels == ("agent", "other") and data.groups.tolist() == [0, 0]
    assert data.marked == ("Mary the red house", "saw Mary")
    assert data.shown(0) == "⟦Mary⟧ saw  ⟦the red house⟧"
    shifted = read(tmp_path, [edges(one, two), edges()], template="So: {text}")
    assert cut(shifted) == cut(data)


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ({"span1": [2, 9], "label": "x"}, r"target 2: its span1 is \[2, 9\], but the text has 5"),
        ({"span1": [2, 2], "label": "x"}, "target 2: its span1"),
        ({"label": "x"}, "target 2 has 0 span, others have 1"),
        ({"span1": [0, 1], "label": ["x", "y"]}, "target 2: it has 2 labels"),
        ({"span1": [0, 1]}, "line 1, target 2: no target"),
    ],
)
def test_a_span_that_is_none_is_named(tmp_path: Path, target: Any, said: str) -> None:
    with pytest.raises(DatasetError, match=said):
        read(tmp_path, [edges({"span1": [0, 1], "label": "y"}, target), edges()])


def test_columns_give_spans_in_characters(tmp_path: Path) -> None:
    rows = [
        {"text": "Ann met Bo", "s": 0, "e": 3, "s2": 8, "e2": 10, "label": "x"},
        {"text": "Cy met Di", "s": 0, "e": 2, "s2": 7, "e2": 9, "label": "y"},
    ]
    data = read(tmp_path, rows, spans=(("s", "e"), ("s2", "e2")), template="So: {text}")
    assert cut(data) == [["Ann", "Bo"], ["Cy", "Di"]]
    assert cut(read(tmp_path, rows, spans=["s2", "e2"])) == [["Bo"], ["Di"]]
    rows[1]["e"] = 40
    with pytest.raises(DatasetError, match="line 2: its span from 0 to 40 is not in its text"):
        read(tmp_path, rows, spans=["s", "e"])
    rows[1]["e"] = None  # type: ignore[assignment]
    with pytest.raises(DatasetError, match="line 2: e is None, not a number of characters"):
        read(tmp_path, rows, spans=["s", "e"])
    assert len(read(tmp_path, [*rows, rows[0] | {"label": "z"}], spans=["s", "e"],
                    where="e IS NOT NULL")) == 2  # fmt: skip
    with pytest.raises(DatasetError, match="no column 'st' of characters"):
        read(tmp_path, rows, spans=["st", "e"])


QUESTIONS = [
    {"question": "Is yes it?", "answer": "yes", "label": 1, "at": 6},
    {"question": "Or no?", "answer": "no", "label": 0, "at": 5},
]


def test_a_position_is_behind_a_field_of_the_template(tmp_path: Path) -> None:
    template = "{question} {answer}. Right"
    data = read(tmp_path, QUESTIONS, text="question", template=template, position="after:{answer}")
    assert data.spans is not None
    ends = [len("Is yes it? yes"), len("Or no? no")]
    assert data.spans.tolist() == [[[end, end]] for end in ends]
    assert data.marked == data.texts and data.shown(1) == "Or no? no⟦⟧. Right"
    dotted = read(tmp_path, QUESTIONS, template=template, position="after:{answer}.")
    assert dotted.spans is not None
    assert dotted.spans[:, 0, 0].tolist() == [end + 1 for end in ends]


def test_a_position_is_behind_a_substring_or_where_a_column_says(tmp_path: Path) -> None:
    data = read(tmp_path, QUESTIONS, text="question", position="after:{answer}")
    assert data.spans is not None and data.spans[:, 0, 0].tolist() == [6, 5]
    counted = read(tmp_path, QUESTIONS, text="question", position="at")
    assert counted.spans is not None and (counted.spans == data.spans).all()
    moved = read(tmp_path, QUESTIONS, text="question", position="at", template="Q: {text}")
    assert moved.spans is not None and (moved.spans == data.spans + 3).all()
    twice = [*QUESTIONS, {"question": "no or no", "answer": "no", "label": 1, "at": 99}]
    with pytest.raises(DatasetError, match=r"line 3: 'no' is in its text more than once.*template"):
        read(tmp_path, twice, text="question", position="after:{answer}")
    with pytest.raises(DatasetError, match="line 1: 'not' is not in its text, as in 3 rows"):
        read(tmp_path, twice, text="question", position="after:not")
    with pytest.raises(DatasetError, match="line 3: its at is 99, but its text has 8 characters"):
        read(tmp_path, twice, text="question", position="at")


def test_only_one_key_says_what_a_row_is_about() -> None:
    for keys in (
        {"level": "word", "position": "at"},
        {"spans": ["s", "e"], "position": "at"},
    ):
        with pytest.raises(SpecError, match="both say which part of a text"):
            DatasetSpec("a", **keys)  # type: ignore[arg-type]
    with pytest.raises(SpecError, match=r'write spans = \["start", "end"\]'):
        DatasetSpec("a", spans=("start",))  # type: ignore[arg-type]


CONLL = """-DOCSTART- -X- -X- O

EU NNP B-NP B-ORG
rejects VBZ B-VP O
German JJ B-NP B-MISC

Peter NNP B-NP B-PER

-DOCSTART- -X- -X- O

It PRP B-NP O
"""


@pytest.mark.parametrize("name", ["eng.train", "eng.conll"])
def test_columns_of_conll_2003(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text(CONLL)
    data = load(DatasetSpec(str(path), group="doc"), path)
    assert data.labels == ("B-ORG", "O", "B-MISC", "B-PER", "O")
    assert data.texts[0] == "EU rejects German" and data.marked[2] == "German"
    assert data.groups.tolist() == [0] * 4 + [1]
    tags = load(DatasetSpec(str(path), target="pos", classes=("NNP", "JJ")), path)
    assert tags.labels == ("NNP", "JJ", "NNP")
    path.write_text(CONLL.replace("rejects VBZ B-VP O", "rejects VBZ O"))
    with pytest.raises(DatasetError, match="line 4: 3 columns in the place of 4"):
        load(DatasetSpec(str(path)), path)


def test_other_numbers_of_columns(tmp_path: Path) -> None:
    path = tmp_path / "a.bio"
    path.write_text("# id = 1\nAt\tO\nhome\tB-LOC\n\n# id = 2\nBye\tO\nnow\tO\n")
    data = load(DatasetSpec(str(path)), path)
    assert data.labels == ("O", "B-LOC", "O", "O") and data.texts[3] == "Bye now"


@pytest.mark.parametrize("column", ["entities", "spans", "label"])
def test_entities_count_characters(tmp_path: Path, column: str) -> None:
    rows: list[dict[str, Any]] = [
        {"text": "Ann met Bo", column: [[0, 3, "A"], [8, 10, "B"]]},
        {"text": "Nobody", column: []},
    ]
    if column != "label":
        for row in rows:
            row[column] = [{"start": a, "end": b, "label": c} for a, b, c in row[column]]
    data = read(tmp_path, rows)
    assert cut(data) == [["Ann"], ["Bo"]] and data.labels == ("A", "B")
    rows[0][column].append([4, 4, "C"])
    with pytest.raises(DatasetError, match="line 1: target 3: its span from 4 to 4 holds no"):
        read(tmp_path, rows)
