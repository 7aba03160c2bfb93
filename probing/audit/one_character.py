"""Labels that follow the presence of one character."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from probing.audit.findings import Finding, examples_of
from probing.audit.held_out import Shortcut
from probing.audit.material import Ints, Material
from probing.audit.presence import telltale
from probing.audit.words import MOST_CHARACTERS

MOST_CHARACTERS_TRIED = 300
LEAST_SHARE = 0.02
_AT_ONCE = 10_000


def follows_character(material: Material) -> Shortcut | None:
    """Whether one character, present or not, alone tells the target; case counts."""
    texts = material.dataset.marked
    counts = np.zeros(0, dtype=np.int64)
    for _, points in _points(texts):
        found = np.bincount(points)
        counts = np.pad(counts, (0, max(0, len(found) - len(counts))))
        counts[: len(found)] += found
    common = np.argsort(-counts, kind="stable")[:MOST_CHARACTERS_TRIED]
    common = common[counts[common] >= max(2, LEAST_SHARE * len(texts))]
    if not len(common):
        return None
    places = np.full(len(counts), -1)
    places[common] = np.arange(len(common))
    present = np.zeros((len(texts), len(common)), dtype=np.bool_)
    for owners, points in _points(texts):
        known = places[points] >= 0
        present[owners[known], places[points[known]]] = True
    rows, features = np.nonzero(present)
    best = telltale(material, rows, features, len(common))
    if best is None or not best.score.is_clear:
        return None
    point = int(common[best.at])
    holders = np.flatnonzero(present[:, best.at])
    finding = Finding(
        "label_follows_character",
        "warning",
        f"label follows one character, {_named(chr(point))}: {best.score.told}",
        len(holders),
        examples_of(material.dataset, holders.tolist()),
        "whether it stands in a text alone predicts that much; compare with a bag of words "
        "over characters",
    )
    return Shortcut(best.score, finding)


def _points(texts: Sequence[str]) -> Iterator[tuple[Ints, NDArray[np.uint32]]]:
    """The text and the code point of every character, some texts at a time."""
    for at in range(0, len(texts), _AT_ONCE):
        cut = [text[:MOST_CHARACTERS] for text in texts[at : at + _AT_ONCE]]
        lengths = np.fromiter(map(len, cut), np.int64, len(cut))
        points = np.frombuffer("".join(cut).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        yield at + np.repeat(np.arange(len(cut)), lengths), points


def _named(character: str) -> str:
    if character.isprintable() and not character.isspace():
        return f'"{character}"'
    return unicodedata.name(character, f"U+{ord(character):04X}").lower()
