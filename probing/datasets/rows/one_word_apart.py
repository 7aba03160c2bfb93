"""Short texts that are alike but for one word: replaced, added, left out or moved.

Two such texts share what is left of them without one word (as in SymSpell's symmetric deletes).
Character 5-grams miss them, since one word is a large part of a short text.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from probing.datasets.packed.shares import Shares
from probing.datasets.rows.equal_rows import marked, roots, rows_alike
from probing.datasets.rows.near_duplicates import plain_texts

FEWEST_WORDS, MOST_WORDS = 6, 40
MOST_CHAINED = 10  # rows: a longer chain is a template with a slot
_BASE = 0x9E3779B97F4A7C15
_INVERSE = np.uint64(pow(_BASE, -1, 2**64))
_SEED = 7
_TEXTS = 2**14  # whose words are held at once
_SHARES = 32  # of the keys, which are sorted by themselves
_NONE = np.zeros(0, dtype=np.int64)

Ints = NDArray[np.int64]
Hashes = NDArray[np.uint64]


def one_word_links(texts: Sequence[str]) -> Ints:
    """Pairs of rows, `[n_links, 2]`, that join texts of at most ten rows which one word parts.

    Case, punctuation and white space do not count. Texts of fewer than 6 or more than 40 words
    are left out.
    """
    starts, alike = range(0, len(texts), _TEXTS), _alike_in_a_mark(texts)
    bounds = np.searchsorted(alike, [*starts, len(texts)])
    parts = [_keys(texts, alike[first:last]) for first, last in pairwise(bounds.tolist())]
    found = [_links_of_share(parts, share) for share in range(_SHARES)]
    links = np.unique(np.sort(np.concatenate(found), axis=1), axis=0)
    return _of_short_chains(links, len(texts))


def _alike_in_a_mark(texts: Sequence[str]) -> Ints:
    """Rows of which 32 bits of a key are another's too: in most datasets few."""
    shares = Shares(_SHARES, np.uint64)
    for start in range(0, len(texts), _TEXTS):
        rows, keys = _keys(texts, np.arange(start, min(start + _TEXTS, len(texts))))
        marks = (keys >> np.uint64(32)).astype(np.uint32)
        shares.deal((marks % _SHARES).astype(np.uint8), marked(marks, rows))
    found = np.zeros(len(texts), dtype=np.bool_)
    for own in shares:
        found[rows_alike(own)] = True
    return np.flatnonzero(found)


def _links_of_share(parts: Sequence[tuple[Ints, Hashes]], share: int) -> Ints:
    """Pairs of neighbouring rows with the same key, of the keys of a share."""
    own = [keys % np.uint64(_SHARES) == share for _, keys in parts]
    rows, keys = (
        np.concatenate([part[at][mine] for part, mine in zip(parts, own, strict=True)] or [_NONE])
        for at in (0, 1)
    )
    order = np.argsort(keys, kind="stable")
    rows, keys = rows[order], keys[order]
    same = (np.diff(keys) == 0) & (np.diff(rows) != 0)
    return np.stack([rows[:-1][same], rows[1:][same]], axis=1)


def _keys(texts: Sequence[str], of: Ints) -> tuple[Ints, Hashes]:
    """For each text at the rows `of` and each of its words the hash of the others; and that of all
    words."""
    import polars as pl

    plain = plain_texts([texts[at] for at in of.tolist()])
    split = pl.Series(plain, dtype=pl.String).str.split(" ")
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
    rows = of[np.concatenate([rows, kept])]
    return rows, (keys ^ (keys >> np.uint64(31))) + lengths


def _powers() -> Hashes:
    return np.asarray([pow(_BASE, at, 2**64) for at in range(MOST_WORDS)], dtype=np.uint64)


def _of_short_chains(links: Ints, n_rows: int) -> Ints:
    """The links of chains of at most ten rows."""
    chains = roots(n_rows, links)
    kept: Ints = links[np.bincount(chains)[chains[links[:, 0]]] <= MOST_CHAINED]
    return kept
