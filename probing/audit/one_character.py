"""Labels that follow the presence of one character."""

from __future__ import annotations

import unicodedata

import numpy as np

from probing.audit.findings import Finding, examples_of
from probing.audit.held_out import Shortcut
from probing.audit.material import Material
from probing.audit.presence import telltale
from probing.audit.words import MOST_CHARACTERS

MOST_CHARACTERS_TRIED = 300
LEAST_SHARE = 0.02


def follows_character(material: Material) -> Shortcut | None:
    """Whether one character, present or not, alone tells the target; case counts."""
    cut = [text[:MOST_CHARACTERS] for text in material.dataset.texts]
    points = np.frombuffer("".join(cut).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    texts = np.repeat(np.arange(len(cut)), np.fromiter(map(len, cut), np.int64, len(cut)))
    counts = np.bincount(points)
    common = np.argsort(-counts, kind="stable")[:MOST_CHARACTERS_TRIED]
    common = common[counts[common] >= max(2, LEAST_SHARE * len(cut))]
    if not len(common):
        return None
    places = np.full(len(counts), -1)
    places[common] = np.arange(len(common))
    present = np.zeros((len(cut), len(common)), dtype=np.bool_)
    known = places[points] >= 0
    present[texts[known], places[points[known]]] = True
    rows, features = np.nonzero(present)
    found = telltale(material, rows, features, len(common))
    if found is None or not found.score.is_clear:
        return None
    point = int(common[found.at])
    holders = np.flatnonzero(present[:, found.at])
    finding = Finding(
        "label_follows_character",
        "warning",
        f"label follows one character, {_named(chr(point))}: {found.score.told}",
        len(holders),
        examples_of(material.dataset, holders.tolist()),
        "whether it stands in a text alone predicts that much; compare with a bag of words "
        "over characters",
    )
    return Shortcut(found.score, finding)


def _named(character: str) -> str:
    if character.isprintable() and not character.isspace():
        return f'"{character}"'
    return unicodedata.name(character, f"U+{ord(character):04X}").lower()
