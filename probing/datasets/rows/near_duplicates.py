"""Near-duplicates: texts that share most of their character 5-grams.

Candidates are found by MinHash (Broder 1997) and banding, and each is compared exactly.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from probing.datasets.packed.shares import Shares
from probing.datasets.packed.texts import taken

LEAST_ALIKE = 0.8  # Jaccard's index of the sets of 5-grams
MOST_CHARACTERS = 2000  # of a text that are compared
_GRAM = 5
_N_HASHES, _N_ROWS = 64, 4  # 16 bands of 4: at the least likeness 1 in 5,000 pairs is missed
_N_BANDS = _N_HASHES // _N_ROWS
_SLACK = 0.1  # an estimate from 64 hashes has a standard deviation of 0.05
_SEED = 42
_AT_ONCE, _CHARACTERS_AT_ONCE = 20_000, 1_000_000
_MOST_COMPARED = 300_000

# odd, so that multiplying by one loses nothing
_FACTORS = np.random.default_rng(_SEED).integers(1, 2**63, _GRAM, dtype=np.uint64) | np.uint64(1)

Ints = NDArray[np.int64]
Hashes = NDArray[np.uint64]
Sketches = NDArray[np.uint8]
_NONE = np.empty((0, _N_HASHES), dtype=np.uint32)


def near_links(texts: Sequence[str]) -> Ints:
    """Pairs of rows, `[n_links, 2]`, that join all texts that near-duplicates chain together.

    Case, punctuation and white space do not count. A chain of m texts has m − 1 links.
    """
    one, two, likeness = _candidates(texts)
    rows = np.unique(np.concatenate([one[:_MOST_COMPARED], two[:_MOST_COMPARED]]))
    return _compared(_GramSets(taken(texts, rows.tolist()), rows), one, two, likeness)


def _rows_at_once(texts: Sequence[str]) -> int:
    """How many texts are hashed at a time: memory follows the number of characters."""
    mean = sum(min(len(text), MOST_CHARACTERS) for text in texts) / max(1, len(texts))
    return max(1, min(_AT_ONCE, int(_CHARACTERS_AT_ONCE / max(mean, 1))))


def _parts(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    at_once = _rows_at_once(texts)
    return (texts[at : at + at_once] for at in range(0, len(texts), at_once))


def grams(texts: Sequence[str]) -> tuple[Hashes, Ints]:
    """The hashed 5-grams of all texts, one after another, and where each text's begin."""
    plain = plain_texts(texts)
    lengths = np.fromiter(map(len, plain), np.int64, len(plain))
    # a gap after each text, so that no 5-gram reaches into the next that counts
    whole = "\n".join([*plain, "\0" * _GRAM])
    points = np.frombuffer(whole.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
    hashed = np.zeros(len(points) - _GRAM + 1, dtype=np.uint64)
    for at, factor in enumerate(_FACTORS):
        hashed += points[at : at + len(hashed)] * factor
    hashed ^= hashed >> np.uint64(31)
    hashed *= _FACTORS[0]
    n_grams = np.maximum(lengths - _GRAM + 1, 1)
    starts = np.concatenate([[0], np.cumsum(n_grams)]).astype(np.int64)
    places = np.concatenate([[0], np.cumsum(lengths + 1)])[:-1]
    at_gram = np.repeat(places - starts[:-1], n_grams) + np.arange(starts[-1])
    return hashed[at_gram], starts


def plain_texts(texts: Sequence[str]) -> list[str]:
    """The texts in lower case, with a blank for punctuation and white space."""
    import polars as pl  # about 0.2 s, only who reads a whole dataset pays

    raw = pl.Series(texts, dtype=pl.String).str.slice(0, MOST_CHARACTERS)
    bare = raw.str.to_lowercase().str.replace_all(r"[\p{P}\s]+", " ").str.strip_chars()
    frame = pl.DataFrame({"raw": raw, "bare": bare})
    shown = pl.when(pl.col("bare") == "").then(pl.col("raw")).otherwise(pl.col("bare"))
    return frame.select(shown.alias("shown"))["shown"].to_list()


def _signatures(hashed: Hashes, starts: Ints) -> Any:
    """The MinHash signatures of texts, as rensa keeps them."""
    from rensa import RMinHash

    offsets = starts.astype(np.uint64)
    return RMinHash.digest_matrix_from_flat_token_hashes(hashed, offsets, _N_HASHES, _SEED)


def min_hashes(hashed: Hashes, starts: Ints) -> NDArray[np.uint32]:
    """The MinHash signature of every text, `[n_texts, 64]`."""
    rows = _signatures(hashed, starts).to_rows()
    found = np.fromiter(chain.from_iterable(rows), np.uint32, len(rows) * _N_HASHES)
    return found.reshape(-1, _N_HASHES)


def _candidates(texts: Sequence[str]) -> tuple[Ints, Ints, NDArray[np.float64]]:
    """Rows that agree in a band, the likeliest first, and how much their signatures agree."""
    bands, sketches = Shares(_N_BANDS, np.uint64), list[Sketches]()
    for part in _parts(texts):
        hashes = min_hashes(*grams(part))
        sketches.append(_sketched(hashes))
        for at, own in enumerate(_mixed(hashes).T):
            bands.append(at, own)
    one, two = _pairs(bands, np.concatenate(sketches or [_sketched(_NONE)]))
    likeness = _likeness(texts, one, two)
    order = np.argsort(-likeness, kind="stable")
    order = order[likeness[order] >= LEAST_ALIKE - _SLACK]
    return one[order], two[order], likeness[order]


def _sketched(hashes: NDArray[np.uint32]) -> Sketches:
    """Four bits of every hash, `[n_texts, 32]`: as many agree as hashes do, or more."""
    bits = (hashes & 15).astype(np.uint8)
    sketched: Sketches = bits[:, : _N_HASHES // 2] | (bits[:, _N_HASHES // 2 :] << np.uint8(4))
    return sketched


def _mixed(hashes: NDArray[np.uint32]) -> Hashes:
    """A hash of every band, `[n_texts, 16]`."""
    bands = hashes.reshape(len(hashes), -1, _N_ROWS).astype(np.uint64)
    mixed: Hashes = (bands * _FACTORS[1 : 1 + _N_ROWS]).sum(axis=2, dtype=np.uint64)
    return mixed


def _pairs(bands: Shares, sketches: Sketches) -> tuple[Ints, Ints]:
    """Neighbours among the rows that agree in a band, ordered by the band before it, where their
    sketches do not tell that they are unlike."""
    n_texts, found = np.int64(len(sketches)), list[Ints]()
    for at in range(_N_BANDS):
        for one, two in _neighbours(bands[at], bands[at - 1]):
            both = sketches[one] ^ sketches[two]
            n_same = ((both & 15) == 0).sum(axis=1) + ((both >> 4) == 0).sum(axis=1)
            alike = n_same / _N_HASHES >= LEAST_ALIKE - _SLACK
            found.append(np.minimum(one, two)[alike] * n_texts + np.maximum(one, two)[alike])
    pairs = np.unique(np.concatenate([*found, np.empty(0, np.int64)]))
    return pairs // max(1, n_texts), pairs % max(1, n_texts)


def _neighbours(band: Hashes, before: Hashes) -> Iterator[tuple[Ints, Ints]]:
    """Rows of equal values in `band`, each with the next, some at a time."""
    order = np.lexsort((before, band))
    same = np.flatnonzero(band[order[1:]] == band[order[:-1]])
    for at in range(0, len(same), _AT_ONCE):
        part = same[at : at + _AT_ONCE]
        yield order[part], order[part + 1]


def _likeness(texts: Sequence[str], one: Ints, two: Ints) -> NDArray[np.float64]:
    """How much the signatures of rows agree, `[n_pairs]`."""
    likeness = np.empty(len(one))
    if not len(one):
        return likeness
    rows, places = np.unique(np.stack([one, two]), return_inverse=True)
    one, two = places.reshape(2, -1)
    own = taken(texts, rows.tolist())
    hashes = np.concatenate([min_hashes(*grams(part)) for part in _parts(own)])
    for at in range(0, len(one), _AT_ONCE):
        part = slice(at, at + _AT_ONCE)
        likeness[part] = (hashes[one[part]] == hashes[two[part]]).mean(axis=1)
    return likeness


class _GramSets:
    """The 5-grams of `texts` as sets, made when asked for; `rows` are their numbers."""

    def __init__(self, texts: Sequence[str], rows: Ints) -> None:
        self._at_once = _rows_at_once(texts)
        self._grams = [grams(part) for part in _parts(texts)]
        self._places = dict(zip(rows.tolist(), range(len(rows)), strict=True))
        self._made: dict[int, frozenset[int]] = {}

    def likeness(self, one: int, two: int) -> float:
        """Jaccard's index of two texts."""
        first, second = self._of(one), self._of(two)
        shared = len(first & second)
        return shared / (len(first) + len(second) - shared)

    def _of(self, row: int) -> frozenset[int]:
        if row not in self._made:
            part, at = divmod(self._places[row], self._at_once)
            hashed, starts = self._grams[part]
            self._made[row] = frozenset(hashed[starts[at] : starts[at + 1]].tolist())
        return self._made[row]


def _compared(sets: _GramSets, ones: Ints, twos: Ints, likeness: NDArray[np.float64]) -> Ints:
    parents: dict[int, int] = {}
    links = []
    for at, (one, two) in enumerate(zip(ones.tolist(), twos.tolist(), strict=True)):
        first, second = _root(parents, one), _root(parents, two)
        if first == second:
            continue
        alike = sets.likeness(one, two) if at < _MOST_COMPARED else float(likeness[at])
        if alike >= LEAST_ALIKE:
            parents[max(first, second)] = min(first, second)
            links.append((one, two))
    return np.asarray(links, dtype=np.int64).reshape(-1, 2)


def _root(parents: dict[int, int], at: int) -> int:
    while (up := parents.get(at, at)) != at:
        parents[at] = parents.get(up, up)
        at = up
    return at
