"""Every format gives the same dataset."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from probing.datasets import TextDataset, from_mapping, load
from probing.spec import DatasetSpec

TEXTS = [
    "Paris is in France.",
    'Rome, they say, is in "Peru".',
    "Łódź liegt in Polen.",
    "雪は黒い。",
]
TRUTHS = [True, False, True, False]


def read(path: Path, **options: object) -> TextDataset:
    return load(DatasetSpec(path=str(path), **options), path)


def rows_of(dataset: TextDataset) -> list[tuple[str, int]]:
    return list(zip(dataset.texts, dataset.targets.tolist(), strict=True))


WANTED = [(text, int(truth)) for text, truth in zip(TEXTS, TRUTHS, strict=True)]


def delimited(separator: str, end: str = "\n") -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=separator, lineterminator=end)
    writer.writerow(["statement", "label"])
    writer.writerows(zip(TEXTS, TRUTHS, strict=True))
    return buffer.getvalue()


def original() -> dict[str, object]:
    return {
        "name": "capitals",
        "task": "Classification",
        "source": "written here",
        "data": {
            "sentences": {f"s{at}": text for at, text in enumerate(TEXTS)},
            "labels": {f"s{at}": int(truth) for at, truth in reversed(list(enumerate(TRUTHS)))},
        },
    }


def json_lines(ensure_ascii: bool = False) -> str:
    rows = [{"text": a, "label": b} for a, b in zip(TEXTS, TRUTHS, strict=True)]
    return "".join(json.dumps(row, ensure_ascii=ensure_ascii) + "\n" for row in rows)


CONTENTS = {
    "a.jsonl": json_lines(),
    "escaped.jsonl": json_lines(ensure_ascii=True),
    "blank.jsonl": "\n" + json_lines().replace("\n", "\n\n"),
    "crlf.jsonl": json_lines().replace("\n", "\r\n"),
    "a.ndjson": json_lines(),
    "lines.json": json_lines(),
    "a.JSONL": json_lines(),
    "a.csv": delimited(","),
    "crlf.csv": delimited(",", "\r\n"),
    "semicolon.csv": delimited(";"),
    "a.tsv": delimited("\t"),
    "original.json": json.dumps(original()),
    "columns.json": json.dumps({"texts": TEXTS, "labels": TRUTHS}),
    "list.json": json.dumps([{"text": a, "y": b} for a, b in zip(TEXTS, TRUTHS, strict=True)]),
    "senteval.txt": "".join(f"tr\t{b}\t{a}\n" for a, b in zip(TEXTS, TRUTHS, strict=True)),
    "senteval.tsv": "".join(f"te\t{b}\t{a}\r\n" for a, b in zip(TEXTS, TRUTHS, strict=True)),
}


@pytest.mark.parametrize("name", CONTENTS)
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "marked"])
def test_text_formats(tmp_path: Path, name: str, mark: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(mark + CONTENTS[name].encode())
    dataset = read(path)
    assert rows_of(dataset) == WANTED
    assert dataset.task == "binary"
    assert dataset.targets.dtype == "int64"


def test_parquet_without_pyarrow(tmp_path: Path) -> None:
    pl.DataFrame({"text": TEXTS, "label": TRUTHS}).write_parquet(tmp_path / "a.parquet")
    code = (
        "import sys; from pathlib import Path; from probing.datasets import load;"
        "from probing.spec import DatasetSpec;"
        f"d = load(DatasetSpec(path='a'), Path({str(tmp_path / 'a.parquet')!r}));"
        "assert d.targets.tolist() == [1, 0, 1, 0] and d.classes == ('false', 'true');"
        "assert not {'pyarrow', 'torch', 'sklearn', 'transformers'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    assert rows_of(read(tmp_path / "a.parquet")) == WANTED


def test_parquet_categories_and_decimals(tmp_path: Path) -> None:
    frame = pl.DataFrame({"text": TEXTS, "label": ["b", "a", "b", "a"], "score": [1, 2, 3, 4]})
    frame = frame.with_columns(
        pl.col("label").cast(pl.Categorical), pl.col("score").cast(pl.Decimal(6, 2))
    )
    frame.write_parquet(tmp_path / "a.parquet")
    assert read(tmp_path / "a.parquet").classes == ("a", "b")
    assert read(tmp_path / "a.parquet", target="score").targets.tolist() == [1.0, 2.0, 3.0, 4.0]


def test_minimal_pairs(tmp_path: Path) -> None:
    pairs = [
        {"sentence_good": "Who left?", "sentence_bad": "Who leave?", "UID": "a", "pairID": "0"},
        {"sentence_good": "She ran.", "sentence_bad": "She run.", "UID": "a", "pairID": "1"},
        {"sentence_good": "She ran.", "sentence_bad": "She runned.", "UID": "b", "pairID": "0"},
    ]
    path = tmp_path / "blimp.jsonl"
    path.write_text("\n".join(map(json.dumps, pairs)))
    dataset = read(path)
    assert dataset.texts[:3] == ("Who left?", "Who leave?", "She ran.")
    assert dataset.targets.tolist() == [1, 0, 1, 0, 1, 0]
    assert dataset.classes == ("bad", "good")
    assert dataset.groups.tolist() == [0, 0, 1, 1, 1, 1]


@pytest.mark.parametrize(
    "names", [("text.txt", "label.txt"), ("texts", "labels"), ("sentences.txt", "target.txt")]
)
def test_folder(tmp_path: Path, names: tuple[str, str]) -> None:
    folder = tmp_path / "capitals"
    folder.mkdir()
    (folder / names[0]).write_text("\n".join(TEXTS) + "\n")
    (folder / names[1]).write_text("\n".join(map(str, TRUTHS)) + "\n")
    (folder / "README.md").write_text("about")
    dataset = read(folder)
    assert rows_of(dataset) == WANTED
    assert dataset.name == "capitals"


def test_folder_of_splits(tmp_path: Path) -> None:
    for part in ("train", "val", "test"):
        (tmp_path / f"{part}_text.txt").write_text(f"{part} one\n{part} two\n")
        (tmp_path / f"{part}_labels.txt").write_text("0\n1\n")
    dataset = read(tmp_path)
    assert dataset.splits == ("test", "test", "train", "train", "val", "val")
    assert dataset.targets.tolist() == [0, 1] * 3


def test_dicts() -> None:
    assert rows_of(from_mapping(original())) == WANTED
    assert from_mapping(original()).name == "capitals"
    more = {"groups": [1, 1, 2, 2], "splits": ["train", "dev", "test", "test"]}
    dataset = from_mapping({"texts": TEXTS, "labels": TRUTHS, **more})
    assert dataset.groups.tolist() == [0, 0, 1, 1]
    assert dataset.splits == ("train", "val", "test", "test")


def test_lines_end_at_line_feeds_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    odd = "one\u2028two\x85three"
    rows = [{"text": odd, "label": "a"}, {"text": "b", "label": "b"}]
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows))
    assert read(path).texts == (odd, "b")


def test_tsv_takes_a_lone_quote_as_text(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text('sentence\tlabel\n"Rome fell\t1\nit "rained" today\t0\n"a" and "b"\t0\n')
    assert read(path).texts == ('"Rome fell', 'it "rained" today', '"a" and "b"')


def test_tsv_with_quoted_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text('sentence\tlabel\n"two\nlines"\t1\n"a ""tab""\there"\t0\n')
    assert read(path).texts == ("two\nlines", 'a "tab"\there')


def test_csv_texts_longer_than_the_default_field(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"text,label\n{'long ' * 60000},1\nshort,0\n")
    assert len(read(path).texts[0]) == 300000


def test_a_file_without_a_known_ending_is_known_by_its_content(tmp_path: Path) -> None:
    path = tmp_path / "data.lst"
    path.write_text(json_lines())
    assert rows_of(read(path)) == WANTED
