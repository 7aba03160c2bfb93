"""What bad input gets: one line with the file, the row and what to do next."""

import json
from pathlib import Path

import pytest

from probing.datasets import from_mapping, load, peek
from probing.errors import DatasetError
from probing.spec import DatasetSpec

HEAD = b'{"text": "a", "label": 0}\n'

CASES = {
    "missing.jsonl": (None, r"missing.jsonl: no such file"),
    "empty.jsonl": (b"", "the file is empty"),
    "blank.csv": (b" \n\n", "the file is empty"),
    "mark.csv": (b"\xef\xbb\xbf", "the file is empty"),
    "header.csv": (b"text,label\n", "no rows"),
    "one.jsonl": (HEAD, "only one row"),
    "latin.jsonl": (
        HEAD + b'{"text": "caf\xe9", "label": 1}\n',
        "line 2: not UTF-8: byte 0xe9 at byte 14 of the line; "
        "convert it: iconv -f latin1 -t utf-8 latin.jsonl",
    ),
    "latin.csv": (b"text,label\na,1\ncaf\xe9,0\n", "line 3: not UTF-8: byte 0xe9 at byte 4"),
    "latin.pos": (b"a caf\xe9\n", "line 1: not UTF-8: byte 0xe9"),
    "wide.csv": ("text,label\na,1\n".encode("utf-16-le"), "UTF-16 without.*iconv -f utf-16le"),
    "half.csv": ("text,label\na,1\n".encode("utf-16")[:-1], "damaged UTF-16 at byte"),
    "binary.csv": (bytes(range(256)) * 4, "binary data of an unknown format; convert it"),
    "nul.csv": (b"text,label\na,1\nb\0,0\n", "line 3: NUL byte at byte 2 of the line; remove it"),
    "torn.jsonl": (
        HEAD + b'{"text": "b", "lab',
        "line 2: not valid JSON: .*complete JSON object",
    ),
    "bare.jsonl": (HEAD + b"3\n", "line 2: not a JSON object: 3; write each line as"),
    "nan.jsonl": (HEAD + b'{"text": "b", "label": NaN}\n', "line 2: the target is nan"),
    "inf.csv": (b"text,label\na,1.5\nb,inf\n", "line 3: the target is inf; remove the row"),
    "nontext.jsonl": (HEAD + b'{"text": 5, "label": 1}\n', "line 2: the text is of type int"),
    "notext.jsonl": (HEAD + b'{"label": 1}\n', "line 2: no text; add one"),
    "notext.csv": (b'text,label\na,1\n"  ",0\n', "line 3: no text"),
    "notarget.jsonl": (HEAD + b'{"text": "b"}\n', "line 2: no target; add one"),
    "notarget.csv": (b"text,label\na,1\nb,\n", "line 3: no target"),
    "folded.csv": (b'text,label\n"a\nb",1\nc,\n', "line 4: no target"),
    "escaped.jsonl": (
        HEAD + b'{"text": "b\\u0000", "label": 1}\n',
        "line 2: the text contains a NUL",
    ),
    "half.jsonl": (HEAD + b'{"text": "b\\ud800", "label": 1}\n', "line 2: .*an unpaired surrogate"),
    "ragged.csv": (
        b"text,label\na,1\nb, c,0\n",
        "line 3: 3 fields, but the header has 2; quote any text",
    ),
    "quotes.csv": (b'text,label\na,1\n"b" c,0\n', "line 3: not valid CSV: .*inside a quoted"),
    "twice.csv": (b"text,text,label\na,b,1\n", "the column 'text' appears twice"),
    "ragged.tsv": (b"text\tlabel\na\t1\nb\tc\t0\n", "line 3: 3 fields, but the header has 2"),
    "oneclass.csv": (b"text,label\na,1\nb,1\n", "only one class: '1'"),
    "broken.json": (b'{"data": {\n"sentences": [}', "line 2: not valid JSON"),
    "other.json": (b'{"a": 1}', "unknown JSON layout; use"),
    "noids.json": (
        b'{"data": {"sentences": ["a"], "labels": {}}}',
        "data.sentences must be",
    ),
    "nolabel.json": (
        b'{"data": {"sentences": {"1": "a", "2": "b"}, "labels": {"1": 0}}}',
        "id '2': no target",
    ),
    "nosentence.json": (
        b'{"data": {"sentences": {"1": "a"}, "labels": {"1": 0, "2": 1}}}',
        "id '2': no text",
    ),
    "twice.json": (
        b'{"data": {"sentences": {"1": "a", "1": "b"}, "labels": {"1": 0, "2": 1}}}',
        "the key '1' appears twice",
    ),
    "short.json": (b'{"texts": ["a", "b"], "labels": [1]}', "1 labels for 2 texts"),
    "nolist.json": (b'{"texts": "ab", "labels": [0, 1]}', "texts must be a list"),
    "nogroups.json": (
        b'{"data": {"sentences": {"1": "a"}, "labels": {"1": 0}, "groups": [1]}}',
        "data.groups must be an object keyed by id",
    ),
    "digits.jsonl": (
        HEAD + b'{"text": "b", "label": 1' + b"0" * 20 + b"}\n",
        "line 2: the target has more than 18 digits",
    ),
    "digits.csv": (b"text,label\na,0\nb,1" + b"0" * 400 + b"\n", "line 3: the target is inf"),
    "long.jsonl": (
        HEAD + b'{"text": "b", "label": ' + b"1" * 9000 + b"}\n",
        "line 2: not valid JSON",
    ),
    "headless.csv": (b"a,0\nb,1\nc,1\n", "which column is the text .*from the first line: a, 0"),
    "deep.json": (b"[" * 100_000, "not valid JSON: maximum recursion"),
    "deep.jsonl": (b"[" * 100_000, "line 1: not valid JSON: maximum recursion"),
    "torn.parquet": (b"PAR1 and no more", "not a readable Parquet file"),
    "split.txt": (b"tr\t1\ta\nxx\t0\tb\n", "line 2: not a SentEval line; use tr, va or te"),
    "notes.md": (b"# about\n", "unknown dataset format; use .jsonl"),
    "pairs.jsonl": (
        b'{"sentence_good": "a", "sentence_bad": "b"}\n{"sentence_good": "c"}\n',
        "line 2: no text",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_bad_files(tmp_path: Path, name: str) -> None:
    content, message = CASES[name]
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DatasetError, match=message) as caught:
        load(DatasetSpec(path=name), path)
    assert caught.value.exit_code == 3
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)
    facts = peek(DatasetSpec(path=name), path)
    assert (facts.error, facts.n_rows) == (str(caught.value), 0)


def test_folders_of_unequal_length(tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text("a\nb\n")
    (tmp_path / "label.txt").write_text("0\n")
    with pytest.raises(DatasetError, match=r"label.txt has 1 lines, text.txt has 2; line k"):
        load(DatasetSpec(path="a"), tmp_path)


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no dataset files in this folder"):
        load(DatasetSpec(path="a"), tmp_path)


@pytest.mark.parametrize(
    ("said", "safe"),
    [
        ("../../etc/passwd", "etc-passwd"),
        ("a\\b:c", "a-b-c"),
        ("red\x1b[31m\x9b", "red-[31m"),
        ("...", "fallback"),
        ("x" * 200, "x" * 80),
        ("spam\u202eeggs", "spam-eggs"),
        ("Łódź 2", "Łódź 2"),
    ],
)
def test_names_build_no_path(tmp_path: Path, said: str, safe: str) -> None:
    path = tmp_path / "fallback.json"
    data = {"sentences": {"a": "x", "b": "y"}, "labels": {"a": 0, "b": 1}}
    path.write_text(json.dumps({"name": said, "data": data}))
    assert load(DatasetSpec(path="a"), path).name == safe
    assert load(DatasetSpec(path="a", name=said), path).name == safe


def test_texts_stay_as_they_are() -> None:
    raw = "red \x1b[31m [/] \x9b31m  "
    dataset = from_mapping({"texts": [raw, "b"], "labels": [0, 1]})
    assert dataset.texts[0] == raw
