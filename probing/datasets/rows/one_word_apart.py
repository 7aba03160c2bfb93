"""Short texts that are alike but for one word: replaced, added, left out or moved.

Two such texts share what is left of them without one word (as in SymSpell's symmetric deletes).
Character 5-grams miss them, since one word is a large part of a short text.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

FEWEST_WORDS, MOST_WORDS = 6, 40
MOST_CHAINED = 10  # rows: a longer chain is a template with a slot
_BASE = 0x9E3779B97F4A7C15
_INVERSE = np.uint64(pow(_BASE, -1, 2**64))
_SEED = 7
_TEXTS = 2**14  # whose words are held at once
_SHARES = 8  # of the keys, which are sorted by themselves
_NONE = np.zeros(0, dtype=np.int64)

Ints = NDArray[np.int64]
Hashes = NDArray[np.uint64]


def one_word_links(plain: Sequence[str]) -> Ints:
    """Pairs of rows, `[n_links, 2]`, that join texts of at most ten rows which one word parts.

    `plain` are texts of words with one blank between them; those of fewer than 6 or more than
    40 words are left out.
    """
    parts = [_keys(plain, start) for start in range(0, len(plain), _TEXTS)]
    found = [_links_of_share(parts, share) for share in range(_SHARES)]
    links = np.unique(np.sort(np.concatenate(found), axis=1), axis=0)
    return _of_short_chains(links, len(plain))


def _links_of_share(parts: Sequence[tuple[Ints, Hashes]], share: int) -> Ints:
    """Pairs of neighbouring rows with the same key, of the keys of a share."""
    own = [keys % np.uint64(_SHARES) == share for _, keys in parts]
    rows, keys = (
        np.concatenate([part[at][mine] for part, mine in zip(parts, own, strict=True)] or [_NONE])
        for at in (0, 1)
    )
    order = np.argsort(keys, kind="stable")
    rows, keys = rows[order].astype(np.int64), keys[order]
    same = (np.diff(keys) == 0) & (np.diff(rows) != 0)
    return np.stack([rows[:-1][same], rows[1:][same]], axis=1)


def _keys(plain: Sequence[str], start: int) -> tuple[Ints, Hashes]:
    """For each text and each of its words the hash of the others; and that of all words.

    Of the texts from `start` on, as many as are taken at once.
    """
    import polars as pl

    split = pl.Series(plain[start : start + _TEXTS], dtype=pl.String).str.split(" ")
    counts = split.list.len().to_numpy().astype(np.int64)
    kept = np.flatnonzero((counts >= FEWEST_WORDS) & (counts <= MOST_WORDS))
    words = split.gather(kept).explode()
    hashed = words.hash(_SEED).to_numpy().astype(np.uint64)
    counts = counts[kept]
    ends = np.cumsum(counts)
    starts = ends - counts
    rows = np.repeat(kept, counts)
    terms = hashed * _powers()[np.arange(len(hashed)) - np.repeat(starts, counts)]
    sums = np.concatenate([np.zeros(1, dtype=np.uint64), np.cumsum(terms, dtype=np.uint64)])
    before = sums[:-1] - np.repeat(sums[starts], counts)
    whole = sums[ends] - sums[starts]
    after = np.repeat(whole, counts) - before - terms
    without = before + after * _INVERSE
    lengths = np.concatenate([np.repeat(counts - 1, counts), counts]).astype(np.uint64)
    keys = np.concatenate([without, whole])
    rows = (start + np.concatenate([rows, kept])).astype(np.int32)
    return rows, (keys ^ (keys >> np.uint64(31))) + lengths


def _powers() -> Hashes:
    return np.asarray([pow(_BASE, at, 2**64) for at in range(MOST_WORDS)], dtype=np.uint64)


def _of_short_chains(links: Ints, n_rows: int) -> Ints:
    """The links of chains of at most ten rows."""
    parents: dict[int, int] = {}
    for one, two in links.tolist():
        first, second = _root(parents, one), _root(parents, two)
        parents[max(first, second)] = min(first, second)
    rows = np.unique(links)
    roots = np.arange(n_rows)
    roots[rows] = [_root(parents, row) for row in rows.tolist()]
    sizes = np.bincount(roots[rows], minlength=n_rows)
    kept: Ints = links[sizes[roots[links[:, 0]]] <= MOST_CHAINED]
    return kept


def _root(parents: dict[int, int], at: int) -> int:
    while (up := parents.get(at, at)) != at:
        parents[at] = parents.get(up, up)
        at = up
    return at
