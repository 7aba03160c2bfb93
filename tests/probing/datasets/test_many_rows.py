"""What a dataset of many rows takes while it is read, and afterwards, in bytes a row."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path

import pytest

from probing.datasets import DatasetFacts, TextDataset, facts_of, load
from probing.datasets.formats import decoding
from probing.datasets.packed import spilled_bytes, texts
from probing.spec import DatasetSpec

N_ROWS, LENGTH = 20_000, 200


def test_rows_take_few_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name in ((spilled_bytes, "MOST_HELD"), (decoding, "_PIECE"), (texts, "_BYTES")):
        monkeypatch.setattr(module, name, 2**16)
    path = tmp_path / "many.jsonl"
    rows = ({"text": f"{at:0{LENGTH}}", "label": "ab"[at % 2]} for at in range(N_ROWS))
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    _facts_of_few(path)  # what is imported is no row's
    tracemalloc.start()
    data = _read(path)
    held, peak = (n_bytes / N_ROWS for n_bytes in tracemalloc.get_traced_memory())
    tracemalloc.reset_peak()
    facts_of(data)
    told = tracemalloc.get_traced_memory()[1] / N_ROWS
    tracemalloc.stop()
    assert data.texts[N_ROWS - 1] == f"{N_ROWS - 1:0{LENGTH}}"
    # a string alone has 49 bytes and its characters; while it is read, the file is held
    assert held < 60 and peak < path.stat().st_size / N_ROWS + 150 and told < held + 120


def _facts_of_few(path: Path) -> DatasetFacts:
    return facts_of(load(DatasetSpec(path=str(path), limit=100, near_duplicates="ignore"), path))


def _read(path: Path) -> TextDataset:
    return load(DatasetSpec(path=str(path), near_duplicates="ignore"), path)
