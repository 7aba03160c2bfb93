"""Damage of any kind gets an error of ours or a dataset, never another exception."""

import io
import json
import tempfile
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probing.datasets import is_dataset, peek
from probing.spec import DatasetSpec

DATA = {"sentences": {"1": "a", "2": "b"}, "labels": {"1": 0, "2": 1}}
WHOLE = {
    "a.jsonl": b'{"text": "a", "label": 0}\n{"text": "b", "label": 1.5}\n',
    "a.csv": b'text,label\n"a ""b""",true\nc,false\n',
    "a.tsv": b'text\tlabel\n"a"\t1\nb\t0\n',
    "a.json": json.dumps({"name": "n", "task": "Classification", "data": DATA}).encode(),
    "a.txt": b"tr\t1\ta\nte\t0\tb\n",
}
BYTES = st.one_of(st.binary(max_size=4), st.sampled_from([b'"', b"\t", b",", b"\n", b"[", b"9"]))


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(sorted(WHOLE)), st.integers(0, 999), st.integers(0, 3), BYTES)
def test_damaged_files(name: str, at: int, removed: int, put: bytes) -> None:
    whole = WHOLE[name]
    at %= len(whole)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(whole[:at] + put + whole[at + removed :])
        is_dataset(path)
        facts = peek(DatasetSpec(path=name), path)
    assert bool(facts.error) != bool(facts.n_rows)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.fixed_dictionaries({"text": VALUES, "label": VALUES, "group": VALUES})))
def test_json_values_of_any_kind(rows: list[dict[str, object]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.json"
        path.write_text(json.dumps(rows))
        facts = peek(DatasetSpec(path="a"), path)
    assert bool(facts.error) != bool(facts.n_rows)


def test_a_parquet_file_cut_anywhere(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    pl.DataFrame({"text": ["a", "b", "c"], "label": [0, 1, 1]}).write_parquet(buffer)
    path = tmp_path / "a.parquet"
    for end in range(0, len(buffer.getvalue()), 7):
        path.write_bytes(buffer.getvalue()[:end])
        error = peek(DatasetSpec(path=str(end)), path).error
        assert "not a readable Parquet file" in error


def test_a_parquet_file_on_which_polars_panics(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def panic(_: bytes) -> pl.DataFrame:
        raise pl.exceptions.PanicException("a page is out of range")

    monkeypatch.setattr(pl, "read_parquet", panic)
    pl.DataFrame({"text": ["a"]}).write_parquet(tmp_path / "a.parquet")
    error = peek(DatasetSpec(path="a"), tmp_path / "a.parquet").error
    assert "not a readable Parquet file: a page is out of range" in error


@pytest.mark.parametrize("kind", ["parquet", "ipc", "ipc_stream"])
def test_binary_files_with_flipped_bits(tmp_path: Path, kind: str) -> None:
    buffer = io.BytesIO()
    frame = pl.DataFrame({"text": [f"text {at}" for at in range(20)], "label": [0, 1] * 10})
    getattr(frame, f"write_{kind}")(buffer)
    whole = buffer.getvalue()
    path = tmp_path / f"a.{kind}"
    for at in range(0, len(whole), 11):
        for damaged in (whole[:at], whole[:at] + bytes([whole[at] ^ 64]) + whole[at + 1 :]):
            path.write_bytes(damaged)
            facts = peek(DatasetSpec(path=f"{kind} {at} {len(damaged)}"), path)
            assert bool(facts.error) != bool(facts.n_rows)
