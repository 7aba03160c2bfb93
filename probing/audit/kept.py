"""Audits that are kept, in memory and on disk, until the file of the dataset changes."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from pathlib import Path

from probing.activations import cache_folder
from probing.audit.findings import Finding, from_record, to_record
from probing.audit.whole_audit import audit
from probing.datasets import load
from probing.datasets.stamps import stamp
from probing.errors import DatasetError
from probing.spec import DatasetSpec

FORMAT = 3  # raised whenever the same file would get other findings
MOST_KEPT = 1000

_known: dict[str, tuple[Finding, ...]] = {}


def audited(
    spec: DatasetSpec,
    path: Path,
    seed: int = 0,
    n_folds: int = 1,
) -> tuple[Finding, ...]:
    """The findings on the dataset that a run would read; none for one that cannot be read.

    `seed` and `n_folds` are those of `load`.
    """
    key = _key(spec, path, seed, n_folds)
    if key not in _known:
        _known[key] = _audited(spec, path, seed, n_folds, key)
    return _known[key]


def _audited(
    spec: DatasetSpec,
    path: Path,
    seed: int,
    n_folds: int,
    key: str,
) -> tuple[Finding, ...]:
    file = cache_folder().parent / "audits" / f"{key}.json"
    kept = _read(file)
    if kept is not None:
        return kept
    try:
        dataset = load(spec, path, seed, n_folds, with_others=True)
    except DatasetError:  # told where its facts are read
        return ()
    found = audit(dataset)
    with contextlib.suppress(OSError):  # a cache that cannot be written to
        _write(file, found)
    return found


def _key(spec: DatasetSpec, path: Path, seed: int, n_folds: int) -> str:
    drawn = (seed, n_folds) if spec.limit is not None else ()
    parts = FORMAT, spec, str(path.absolute()), stamp(path), drawn
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _read(file: Path) -> tuple[Finding, ...] | None:
    try:
        return tuple(map(from_record, json.loads(file.read_bytes())))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _write(file: Path, found: tuple[Finding, ...]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    oldest = sorted(file.parent.glob("*.json"), key=lambda each: each.stat().st_mtime)
    for each in oldest[: max(0, len(oldest) - MOST_KEPT)]:
        each.unlink(missing_ok=True)
    draft = file.with_name(f"{file.name}.{os.getpid()}.draft")
    draft.write_text(json.dumps([to_record(one) for one in found]))
    draft.replace(file)
