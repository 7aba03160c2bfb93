"""Near-duplicates: texts that share most of their character 5-grams.

Candidates are found by MinHash (Broder 1997) and banding, and each is compared exactly.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from probing.datasets.rows.equal_rows import rows_alike

LEAST_ALIKE = 0.8  # Jaccard's index of the sets of 5-grams
MOST_CHARACTERS = 2000  # of a text that are compared
_GRAM = 5
_N_HASHES, _N_ROWS = 64, 4  # 16 bands of 4: at the least likeness 1 in 5,000 pairs is missed
_SLACK = 0.1  # an estimate from 64 hashes has a standard deviation of 0.05
_SEED = 42
_AT_ONCE, _CHARACTERS_AT_ONCE = 20_000, 1_000_000
_MOST_COMPARED = 300_000

# odd, so that multiplying by one loses nothing
_FACTORS = np.random.default_rng(_SEED).integers(1, 2**63, _GRAM, dtype=np.uint64) | np.uint64(1)

Ints = NDArray[np.int64]
Hashes = NDArray[np.uint64]


def near_links(texts: Sequence[str]) -> Ints:
    """Pairs of rows, `[n_links, 2]`, that join all texts that near-duplicates chain together.

    Case, punctuation and white space do not count. A chain of m texts has m − 1 links.
    """
    alike = _alike_in_a_band(texts)
    own = [texts[at] for at in alike.tolist()]
    if not own:
        return np.empty((0, 2), dtype=np.int64)
    hashes = np.concatenate([min_hashes(*grams(part)) for part in _parts(own)])
    one, two, likeness = _candidates(hashes)
    rows = np.unique(np.concatenate([one[:_MOST_COMPARED], two[:_MOST_COMPARED]]))
    links = _compared(_GramSets([own[at] for at in rows.tolist()], rows), one, two, likeness)
    return alike[links]


def _alike_in_a_band(texts: Sequence[str]) -> Ints:
    """Rows whose signature agrees with another's in a band: in most datasets few.

    Bands are told apart by 32 bits, so that a few rows are among them by chance.
    """
    marks = np.concatenate([_marks(min_hashes(*grams(part))) for part in _parts(texts)])
    rows, found = np.arange(len(texts)), np.zeros(len(texts), dtype=np.bool_)
    for band in marks.T:
        found[rows_alike(band, rows)] = True
    return np.flatnonzero(found)


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


def _candidates(hashes: NDArray[np.uint32]) -> tuple[Ints, Ints, NDArray[np.float64]]:
    """Rows that agree in a band, the likeliest first, and how much their signatures agree."""
    n_texts = np.int64(len(hashes))
    found = np.unique(np.concatenate([one * n_texts + two for one, two in _bands(hashes)]))
    one, two = found // n_texts, found % n_texts
    likeness = np.empty(len(found))
    for at in range(0, len(found), _AT_ONCE):
        part = slice(at, at + _AT_ONCE)
        likeness[part] = (hashes[one[part]] == hashes[two[part]]).mean(axis=1)
    order = np.argsort(-likeness, kind="stable")
    order = order[likeness[order] >= LEAST_ALIKE - _SLACK]
    return one[order], two[order], likeness[order]


def _marks(hashes: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """32 bits of every band, `[n_texts, 16]`."""
    return (_mixed(hashes) >> np.uint64(32)).astype(np.uint32)


def _mixed(hashes: NDArray[np.uint32]) -> Hashes:
    """A hash of every band, `[n_texts, 16]`."""
    bands = hashes.reshape(len(hashes), -1, _N_ROWS).astype(np.uint64)
    mixed: Hashes = (bands * _FACTORS[1 : 1 + _N_ROWS]).sum(axis=2, dtype=np.uint64)
    return mixed


def _bands(hashes: NDArray[np.uint32]) -> Iterator[tuple[Ints, Ints]]:
    """Neighbours among the rows that agree in a band, ordered by the next band."""
    mixed = _mixed(hashes)
    for at in range(mixed.shape[1]):
        order = np.lexsort((mixed[:, at - 1], mixed[:, at]))
        same = np.diff(mixed[order, at].astype(np.uint64)) == 0
        one, two = order[:-1][same], order[1:][same]
        yield np.minimum(one, two).astype(np.int64), np.maximum(one, two).astype(np.int64)


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
