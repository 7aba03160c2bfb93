"""Texts of a file one after another: every format, bad rows, and files that grow."""

from __future__ import annotations

import gzip
import json
from itertools import islice
from pathlib import Path

import polars as pl
import pytest

from probing.datasets.streams.lines import growing_lines
from probing.datasets.streams.texts import Row, in_chunks, texts_of
from probing.errors import DatasetError

TEXTS = ["a red cat", 'the "big", dog', "東京"]


def read(path: Path, column: str | None = None) -> list[tuple[int, str]]:
    rows = [row for row in texts_of(str(path), column) if row is not None]
    return [(row.number, row.text) for row in rows if not row.lacking]


def test_every_format_gives_the_same_texts(tmp_path: Path) -> None:
    wanted = [(at, text) for at, text in enumerate(TEXTS, 1)]
    frame = pl.DataFrame({"id": [1, 2, 3], "sentence": TEXTS})
    (tmp_path / "a.txt").write_text("\n".join(TEXTS) + "\n")
    (tmp_path / "a.jsonl").write_text(frame.write_ndjson())
    (tmp_path / "a.csv").write_text("\ufeff" + frame.write_csv())
    (tmp_path / "a.tsv").write_text(frame.write_csv(separator="\t"))
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(frame.write_csv().encode()))
    (tmp_path / "a.json").write_text(json.dumps(frame.to_dicts()))
    frame.write_parquet(tmp_path / "a.parquet")
    for name in ("a.txt", "a.jsonl", "a.csv", "a.tsv", "a.csv.gz", "a.json", "a.parquet"):
        assert read(tmp_path / name) == wanted, name
    renamed = frame.rename({"sentence": "odd"})
    renamed.write_csv(tmp_path / "b.csv")
    assert read(tmp_path / "b.csv", "odd") == wanted
    with pytest.raises(DatasetError, match="name one with --column: id, odd"):
        read(tmp_path / "b.csv")
    with pytest.raises(DatasetError, match=r"no column 'od'.*did you mean 'odd'"):
        read(tmp_path / "b.csv", "od")


def test_a_bad_row_says_why_and_the_others_go_on(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"one\n\nna\xefve\ntwo")
    rows = list(texts_of(str(tmp_path / "a.txt")))
    assert rows == [
        Row(1, "one"),
        Row(2, "", "it is empty"),
        Row(3, "", "it is not UTF-8"),
        Row(4, "two"),
    ]
    (tmp_path / "a.jsonl").write_text('{"text": "one"}\n{"text": 3}\n{"te\n"two"\n')
    told = [row.lacking for row in texts_of(str(tmp_path / "a.jsonl")) if row is not None]
    assert told == ["", "it has no text 'text'", "it is no JSON", ""]
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"text\none\n")[:-6])
    with pytest.raises(DatasetError, match="damaged gzip file"):
        list(texts_of(str(tmp_path / "a.csv.gz")))
    with pytest.raises(DatasetError):
        texts_of(str(tmp_path / "missing.txt"))
    (tmp_path / "b.csv").write_bytes(b"id,text\n1,one\n\n2\n3,na\xefve\n\xef,two\n")
    told = [row.lacking for row in texts_of(str(tmp_path / "b.csv")) if row is not None]
    assert told == ["", "it is empty", "it has too few columns", "it is not UTF-8", ""]


def test_zstandard_streams_frame_by_frame_and_damage_is_told(tmp_path: Path) -> None:
    zstandard = pytest.importorskip("zstandard")
    path, pack = tmp_path / "a.txt.zst", zstandard.ZstdCompressor().compress
    texts = [f"text {at} {at * 7919 % 1000}" for at in range(5000)]
    halves = ["".join(f"{text}\n" for text in half) for half in (texts[:2500], texts[2500:])]
    packed = b"".join(pack(half.encode()) for half in halves)
    path.write_bytes(packed)
    assert [text for _, text in read(path)] == texts
    path.write_bytes(packed[:-9])
    with pytest.raises(DatasetError, match="damaged Zstandard file"):
        read(path)
    with pytest.raises(DatasetError, match="cannot be followed"):
        texts_of(str(path), watch=True)


def test_a_file_that_grows_gives_whole_lines_and_starts_again_when_cut(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    path.write_bytes(b"one\ntw")
    lines = growing_lines(path, poll_s=0)
    assert [next(lines), next(lines)] == [b"one", None]
    with path.open("ab") as file:
        file.write(b"o\nthree\n")
    assert [next(lines), next(lines), next(lines)] == [b"two", b"three", None]
    path.write_bytes(b"new\n")
    assert next(line for line in lines if line is not None) == b"new"
    (tmp_path / "other").write_bytes(b"a\nb\n")
    (tmp_path / "other").replace(path)
    assert [line for line in islice(lines, 6) if line is not None] == [b"a", b"b"]


def test_a_csv_that_grows_gives_whole_records(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text('text\none\n"half of\n')
    rows = texts_of(str(path), watch=True)
    assert list(islice(rows, 2)) == [Row(1, "one"), None]
    with path.open("a") as file:
        file.write('the rest"\ntwo\n')
    assert list(islice(rows, 3)) == [Row(2, "half of\nthe rest"), Row(3, "two"), None]


def test_chunks_grow_and_end_where_nothing_is_there_yet() -> None:
    rows = [Row(at, "x") for at in range(10)]
    assert [len(one) for one in in_chunks(rows, 2, 4)] == [2, 4, 4]
    waiting = [rows[0], None, None, rows[1], rows[2], rows[3]]
    assert [len(one) for one in in_chunks(waiting, 2, 4)] == [1, 2, 1]
