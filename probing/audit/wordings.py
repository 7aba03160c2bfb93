"""Texts that are a few wordings with a slot: they count as few, however many rows there are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from probing.audit.findings import Finding, examples_of
from probing.audit.held_out import of_values
from probing.audit.material import Ints, Material

MOST_ROWS = 10_000
LONGEST = 60  # words of a text that is looked at
LONGEST_SLOT = 8
KEPT = 0.5  # of the words of a text are its wording
FEWEST_KEPT = 3
FEWEST_TEXTS = 5  # of one wording
CLOSENESS = 5.0  # a wording that keeps a tenth more of the words is worth half as many texts more
MOST_COVERED = 0.5
PER_WORDING = 8  # texts, on average

Hashes = NDArray[np.uint64]
Floats = NDArray[np.float64]
_FACTOR = np.uint64(0x9E3779B97F4A7C15)


def few_wordings(material: Material) -> Iterator[Finding]:
    """Whether most texts are one of few wordings, alike but for a run of at most eight words.

    It is a warning where folds divide the wordings and the wording alone tells the label.
    """
    rows = _rows(material)
    wordings = _wordings(material, rows)
    known = wordings >= 0
    if known.mean() < MOST_COVERED:
        return
    n_wordings = len(np.unique(wordings[known]))
    if known.sum() < PER_WORDING * n_wordings:
        return
    whole = np.full(len(material), wordings.max() + 1)
    whole[rows] = np.where(known, wordings, wordings.max() + 1)
    if not _divided(material, rows[known], wordings[known]):
        return
    told = of_values(material, whole)
    order = rows[known][np.argsort(wordings[known], kind="stable")]
    tells = f", the wording alone gives {told.told}" if told.is_clear else ""
    yield Finding(
        "few_wordings",
        "warning" if told.is_clear else "note",
        f"few wordings: {n_wordings:,} in {int(known.sum()):,} rows{tells}",
        n_wordings,
        examples_of(material.dataset, order.tolist()),
        "folds share these wordings, so a probe may know a wording and not what it says; "
        "name a column of the wording with group",
    )


def _rows(material: Material) -> Ints:
    n_rows = len(material)
    if n_rows <= MOST_ROWS:
        return np.arange(n_rows)
    return np.sort(np.random.default_rng(0).choice(n_rows, MOST_ROWS, replace=False))


def _wordings(material: Material, rows: Ints) -> Ints:
    """The wording of each of `rows`, -1 for one that few share.

    Of the wordings that fit, one that more texts share is preferred, and one that leaves less open.
    """
    keys = _keys(material, rows)
    order = np.argsort(keys.hashes)
    begins = np.concatenate([[True], np.diff(keys.hashes[order]) != 0])[: len(order)]
    numbers = np.cumsum(begins) - 1
    sizes = np.bincount(numbers, minlength=1)[numbers]
    common = sizes >= FEWEST_TEXTS
    owners, numbers, kept = keys.owners[order][common], numbers[common], keys.kept[order][common]
    found = np.full(len(rows), -1)
    if len(owners):
        worth = np.log(sizes[common]) + CLOSENESS * np.log(kept)
        by_worth = np.lexsort((numbers, -worth, owners))
        best = by_worth[np.unique(owners[by_worth], return_index=True)[1]]
        found[owners[best]] = np.unique(numbers[best], return_inverse=True)[1]
    return found


@dataclass(frozen=True, eq=False)
class _Keys:
    """Texts without one run of words: whose each is, its hash, and the share of words kept."""

    owners: Ints
    hashes: Hashes
    kept: Floats


def _keys(material: Material, rows: Ints) -> _Keys:
    """All that is left of each text without one run of words."""
    words, counts = material.words, material.words.counts[rows]
    mixed = np.random.default_rng(1).integers(1, 2**63, max(1, len(words.names)), dtype=np.uint64)
    owners, hashes, kept = [], [], []
    for length in np.unique(counts[(counts > FEWEST_KEPT) & (counts <= LONGEST)]).tolist():
        own = np.flatnonzero(counts == length)
        places = words.starts[rows[own]][:, None] + np.arange(length)
        codes = mixed[words.codes[places]]
        before, after = _ends(codes), _ends(codes[:, ::-1])
        for slot in range(1, min(LONGEST_SLOT, length - FEWEST_KEPT, int(length * KEPT)) + 1):
            start = np.arange(length - slot + 1)
            key = before[:, start] * _FACTOR + after[:, length - slot - start]
            hashes.append(key.reshape(-1))
            owners.append(np.repeat(own, len(start)))
            kept.append(np.full(key.size, 1 - slot / length))
    none = np.empty(0)
    return _Keys(
        np.concatenate([none.astype(np.int64), *owners]),
        np.concatenate([none.astype(np.uint64), *hashes]),
        np.concatenate([none, *kept]),
    )


def _ends(codes: Hashes) -> Hashes:
    """Hashes of the first 0, 1, 2, … words, `[n_texts, length + 1]`."""
    hashed = np.zeros((codes.shape[0], codes.shape[1] + 1), dtype=np.uint64)
    for at in range(codes.shape[1]):
        hashed[:, at + 1] = (hashed[:, at] ^ codes[:, at]) * _FACTOR + np.uint64(at + 1)
        hashed[:, at + 1] ^= hashed[:, at + 1] >> np.uint64(32)
    return hashed


def _divided(material: Material, rows: Ints, wordings: Ints) -> bool:
    """Whether most wordings stand in several groups."""
    pairs = np.unique(np.stack([wordings, material.dataset.groups[rows]]), axis=1)
    return bool((np.bincount(pairs[0]) > 1).mean() > 0.5)
