"""Labels that follow the presence of one word."""

from __future__ import annotations

import numpy as np

from probing.audit.findings import Finding, examples_of
from probing.audit.held_out import Shortcut
from probing.audit.material import Material
from probing.audit.presence import telltale

LEAST_SHARE = 0.02  # of the texts: a rarer word tells little of the whole
MOST_WORDS = 3000


def follows_word(material: Material) -> Shortcut | None:
    """Whether one word, present or not, alone tells the target."""
    texts, codes = material.word_pairs
    counts = np.bincount(codes, minlength=len(material.words.names))
    common = np.flatnonzero(counts >= max(2, LEAST_SHARE * len(material)))
    common = common[np.argsort(-counts[common], kind="stable")][:MOST_WORDS]
    places = np.full(len(counts), -1)
    places[common] = np.arange(len(common))
    kept = places[codes] >= 0
    found = telltale(material, texts[kept], places[codes[kept]], len(common))
    if found is None or not found.score.is_clear:
        return None
    word = material.words.names[int(common[found.at])]
    rows = texts[codes == common[found.at]]
    finding = Finding(
        "label_follows_word",
        "warning",
        f'label follows one word, "{word}": {found.score.told}',
        len(rows),
        examples_of(material.dataset, rows.tolist()),
        "whether it stands in a text alone predicts that much; compare with a bag of words",
    )
    return Shortcut(found.score, finding)
