from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from probing.audit import audit, audited, kept
from probing.audit.findings import from_record, to_record
from probing.datasets import load
from probing.spec import DatasetSpec
from tests.support.audit_sets import prose


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write(tmp_path / "a.jsonl", 20)


@pytest.fixture
def count(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """How many audits were made."""
    made: list[int] = []
    monkeypatch.setattr(kept, "_known", {})
    monkeypatch.setattr(kept, "audit", lambda *given: (made.append(1), audit(*given))[1])
    return lambda: len(made)


def write(path: Path, n_repeated: int) -> Path:
    texts = prose(100)
    rows = [
        {"text": text, "label": at % 2} for at, text in enumerate([*texts, *texts[:n_repeated]])
    ]
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


def test_a_file_is_audited_once(path: Path, count: Callable[[], int]) -> None:
    spec = DatasetSpec(str(path))
    first = audited(spec, path)
    assert audited(spec, path) == first and count() == 1
    assert first == audit(load(spec, path, with_others=True))
    kept._known.clear()  # as in another process
    assert audited(spec, path) == first and count() == 1


def test_and_again_when_it_changes_or_is_read_otherwise(
    path: Path, count: Callable[[], int]
) -> None:
    spec = DatasetSpec(str(path))
    assert audited(spec, path)[0].count == 20
    write(path, 30)
    os.utime(path, ns=(1, 1))
    assert audited(spec, path)[0].count == 30
    assert audited(DatasetSpec(str(path), limit=60), path) != audited(spec, path)
    assert count() == 3


def test_a_seed_matters_only_where_rows_are_drawn(path: Path, count: Callable[[], int]) -> None:
    for seed in (0, 1):
        audited(DatasetSpec(str(path)), path, seed)
    assert count() == 1
    for seed in (0, 1):
        audited(DatasetSpec(str(path), limit=60), path, seed)
    assert count() == 3


def test_what_cannot_be_read_has_no_findings(tmp_path: Path) -> None:
    assert audited(DatasetSpec("x"), tmp_path / "x.jsonl") == ()


def test_a_damaged_file_of_the_cache_is_made_again(path: Path, count: Callable[[], int]) -> None:
    spec = DatasetSpec(str(path))
    first = audited(spec, path)
    [file] = (kept.cache_folder().parent / "audits").iterdir()
    for damaged in ("", "{", "[1]", '[{"kind": 1}]'):
        file.write_text(damaged)
        kept._known.clear()
        assert audited(spec, path) == first
    assert count() == 5


def test_findings_survive_json(path: Path) -> None:
    for one in audited(DatasetSpec(str(path)), path):
        assert from_record(json.loads(json.dumps(to_record(one)))) == one
