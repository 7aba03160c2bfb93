"""Subject `audit`: how long a dataset is read and audited before anything is fitted."""

from __future__ import annotations

import importlib.util
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.audits.texts import made
from benchmarks.sizes import Sizes
from benchmarks.table import Row, against
from benchmarks.targets import Goal
from probing.audit import audit
from probing.datasets import load
from probing.datasets.rows import near_duplicates, near_groups
from probing.spec import DatasetSpec

READING, NEAR, REST = "reading the file", "near-duplicates", "all other findings"
WHOLE = "the audit: near-duplicates and all other findings"
RENSA, NUMPY, DATASKETCH = (
    f"MinHash of 64 values, {name}" for name in ("rensa", "numpy", "datasketch")
)
GOALS = (Goal(WHOLE, "", 10, is_least=False),)
KINDS = {
    "prose": "unlike one another",
    "changed": "half of them another with one word replaced",
    "wordings": "of few wordings with a slot",
}
_FEW = 2000  # texts that a slow one is timed on


def audit_rows(sizes: Sizes) -> Iterator[list[Row]]:
    """A table for each kind of texts; in the first, libraries for MinHash beside each other."""
    for kind, told in KINDS.items():
        texts = made(kind, sizes.audit_texts)
        title = f"{len(texts):,} texts, {told}"
        rows = _audited(title, texts, sizes.repeats)
        if kind == "prose":
            rows += _min_hashes(title, texts, sizes.repeats)
        yield against(rows, WHOLE, GOALS)


def _audited(title: str, texts: list[str], repeats: int) -> list[Row]:
    random = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "texts.jsonl"
        rows = (
            {"text": text, "label": int(random.integers(2)), "source": at % 50}
            for at, text in enumerate(texts)
        )
        path.write_text("\n".join(map(json.dumps, rows)))
        plain, whole = DatasetSpec(str(path), near_duplicates="ignore"), DatasetSpec(str(path))
        read, _ = _timed(lambda: load(plain, path, with_others=True), repeats)
        remembered = near_groups.remembered_links
        near, near_cpu = _timed(lambda: remembered(texts), repeats, near_groups.forget)
        dataset = load(whole, path, with_others=True)
    rest, rest_cpu = _timed(lambda: audit(dataset), repeats)
    both = tuple(one + other for one, other in zip(near, rest, strict=True))
    links = f"{len(dataset.near):,} links, {int(dataset.groups.max()) + 1:,} groups"
    found = ", ".join(one.kind for one in audit(dataset))
    return [
        Row("audit", title, READING, read),
        Row("audit", title, NEAR, near, note=links),
        Row("audit", title, REST, rest, note=found),
        Row("audit", title, WHOLE, both, note=f"{near_cpu + rest_cpu:.2g} s of processor time"),
    ]


def _timed(
    work: Callable[[], Any], repeats: int, prepare: Callable[[], None] = lambda: None
) -> tuple[tuple[float, ...], float]:
    """The seconds of each go, and the processor time of one on average, over all threads."""
    samples, began_cpu = [], time.process_time()
    for _ in range(repeats):
        prepare()
        began = time.perf_counter()
        work()
        samples.append(time.perf_counter() - began)
    return tuple(samples), (time.process_time() - began_cpu) / repeats


def _min_hashes(title: str, texts: list[str], repeats: int) -> list[Row]:
    """Ours and others that give the same kind of signature, where they are installed."""
    hashed, starts = near_duplicates.grams(texts)
    few = starts[: _FEW + 1]
    share, note = int(starts[-1]) / int(few[-1]), f"extrapolated from {len(few) - 1:,} texts"
    ours, _ = _timed(lambda: near_duplicates.min_hashes(hashed, starts), repeats)
    plain, _ = _timed(lambda: _by_numpy(hashed, starts), repeats)
    rows = [Row("audit", title, RENSA, ours), Row("audit", title, NUMPY, plain)]
    if importlib.util.find_spec("datasketch"):
        slow, _ = _timed(lambda: _by_datasketch(hashed, few), repeats)
        rows.append(Row("audit", title, DATASKETCH, tuple(s * share for s in slow), note=note))
    return rows


def _by_numpy(hashed: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """As plain numpy would do it: a multiplication of all hashes for each value."""
    random = np.random.default_rng(0)
    factors = random.integers(1, 2**63, 64, dtype=np.uint64) | np.uint64(1)
    values = [
        np.minimum.reduceat((hashed * factor) >> np.uint64(32), starts[:-1]) for factor in factors
    ]
    return np.stack(values, axis=1)


def _by_datasketch(hashed: np.ndarray, starts: np.ndarray) -> list[Any]:
    from datasketch import MinHash  # type: ignore[import-not-found]

    found = []
    for begin, end in pairwise(starts):
        one = MinHash(64)
        one.update_batch([value.tobytes() for value in hashed[begin:end]])
        found.append(one)
    return found
