"""Texts that come in pairs of opposite labels which a split tears apart."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from probing.audit.findings import Finding, examples_of, short
from probing.audit.material import Ints, Material

BELOW = 0.05
N_ERRORS = 3.0
MOST_CLASSES = 20
FEWEST = 20


def below_chance(material: Material) -> Iterator[Finding]:
    """Whether words predict the wrong label in held-out folds.

    Naive Bayes on which words a text has, with equal priors, in folds that keep groups whole. It
    falls below chance where a held-out text has a twin of another label in training.
    """
    if material.n_classes > MOST_CLASSES or material.n_groups < FEWEST:
        return
    by_words = material.by_words
    rows, classes, n_classes = by_words.rows, by_words.classes, by_words.n_classes
    right, groups = by_words.is_right, material.dataset.groups
    score = float(np.mean([right[classes[rows] == each].mean() for each in range(n_classes)]))
    error = np.sqrt((1 / n_classes) * (1 - 1 / n_classes) / len(np.unique(groups[rows])))
    if score > 1 / n_classes - max(BELOW, N_ERRORS * error):
        return
    yield Finding(
        "below_chance",
        "warning",
        f"below chance: its words predict the wrong label, {short(score)} "
        f"(chance {short(1 / n_classes)})",
        int((~right).sum()),
        examples_of(material.dataset, _twins(material, classes, rows[~right])),
        "texts seem to come in pairs of different labels that a split tears apart; "
        "name the column that tells the pair with group",
    )


def _twins(material: Material, classes: Ints, wrong: Ints) -> list[int]:
    """Two texts that were got wrong, each with the text of another label most like it."""
    texts, codes = material.word_pairs
    found: list[int] = []
    for row in wrong[:2].tolist():
        own = codes[texts == row]
        shared = np.bincount(texts[np.isin(codes, own)], minlength=len(material)).astype(float)
        shared /= np.bincount(texts, minlength=len(material)) + len(own) - shared
        shared[classes == classes[row]] = -1
        found += [row, int(shared.argmax())]
    return found
