"""Rows that are equal or joined by chains, against dictionaries and a plain search."""

from __future__ import annotations

import numpy as np
import pytest

from probing.datasets.rows import equal_rows
from probing.datasets.rows.equal_rows import (
    different_rows,
    first_rows,
    marked,
    numbered,
    roots,
    rows_alike,
)


def test_the_first_row_of_a_key_is_that_of_a_dictionary() -> None:
    rng = np.random.default_rng(0)
    keys = [f"k{at}" if at % 3 else (at, "k") for at in rng.integers(0, 300, 2000).tolist()]
    first: dict[object, int] = {}
    wanted = [first.setdefault(key, at) for at, key in enumerate(keys)]
    assert first_rows(keys).tolist() == wanted
    assert different_rows(keys).tolist() == list(first.values())
    assert first_rows([]).tolist() == [] and first_rows(["a"]).tolist() == [0]


def test_keys_of_one_hash_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(equal_rows, "hash", lambda _: 7, raising=False)
    assert first_rows(["a", "b", "a", "c", "b"]).tolist() == [0, 1, 0, 3, 1]


def test_a_row_with_a_mark_twice_is_not_alike_itself() -> None:
    marks = np.asarray([5, 5, 9, 9, 2**32 - 1, 2**32 - 1], dtype=np.uint32)
    rows = np.asarray([0, 0, 1, 2, 2, 3])
    assert sorted(set(rows_alike(marked(marks, rows)).tolist())) == [1, 2, 3]


@pytest.mark.parametrize("n_pairs", [0, 1, 40, 150, 400])
def test_chains_lead_to_their_smallest_member(n_pairs: int) -> None:
    n = 200
    pairs = np.random.default_rng(n_pairs).integers(0, n, (n_pairs, 2))
    wanted = np.arange(n)
    for _ in range(n):  # labels spread by one pair at a time
        for one, two in pairs.tolist():
            wanted[one] = wanted[two] = min(wanted[one], wanted[two])
    assert roots(n, pairs).tolist() == wanted.tolist()
    known: dict[int, int] = {}
    counted = [known.setdefault(root, len(known)) for root in wanted.tolist()]
    assert numbered(wanted).tolist() == counted


def test_a_long_chain_is_one() -> None:
    order = np.random.default_rng(1).permutation(5000)
    assert not roots(5000, np.stack([order[:-1], order[1:]], axis=1)).any()
