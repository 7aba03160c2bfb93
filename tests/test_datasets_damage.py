"""Damage of any kind gets an error of ours or a dataset, never another exception."""

import io
import json
import tempfile
from pathlib import Path

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from probing.datasets import is_dataset, peek
from probing.spec import DatasetSpec


def parquet() -> bytes:
    buffer = io.BytesIO()
    pl.DataFrame({"text": ["a", "b", "c"], "label": [0, 1, 1]}).write_parquet(buffer)
    return buffer.getvalue()


DATA = {"sentences": {"1": "a", "2": "b"}, "labels": {"1": 0, "2": 1}}
WHOLE = {
    "a.jsonl": b'{"text": "a", "label": 0}\n{"text": "b", "label": 1.5}\n',
    "a.csv": b'text,label\n"a ""b""",true\nc,false\n',
    "a.tsv": b'text\tlabel\n"a"\t1\nb\t0\n',
    "a.json": json.dumps({"name": "n", "task": "Classification", "data": DATA}).encode(),
    "a.txt": b"tr\t1\ta\nte\t0\tb\n",
    "a.parquet": parquet(),
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
