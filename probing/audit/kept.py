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
from probing.datasets import KeptDatasets
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
    kept: KeptDatasets | None = None,
) -> tuple[Finding, ...]:
    """The findings on the dataset that a run would read; none for one that cannot be read.

    `seed` and `n_folds` are those of `load`; `kept` may have read it.
    """
    if is_kept(spec, path, seed, n_folds):
        return _known[_key(spec, path, seed, n_folds)]
    try:
        read = (kept or KeptDatasets()).of(spec, path, seed, n_folds, with_others=True)
    except DatasetError:  # told where its facts are read
        return ()
    key, found = _key(spec, path, seed, n_folds), audit(read)
    _known[key] = found
    with contextlib.suppress(OSError):  # a cache that cannot be written to
        _write(_file(key), found)
    return found


def is_kept(spec: DatasetSpec, path: Path, seed: int = 0, n_folds: int = 1) -> bool:
    """Whether the findings are known without a look at the dataset."""
    key = _key(spec, path, seed, n_folds)
    if key not in _known and (stored := _read(_file(key))) is not None:
        _known[key] = stored
    return key in _known


def _file(key: str) -> Path:
    return cache_folder().parent / "audits" / f"{key}.json"


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
