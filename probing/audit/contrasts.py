"""Texts that come in pairs of opposite labels which a split tears apart."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from probing.audit.findings import Finding, examples_of, short
from probing.audit.material import Ints, Material

BELOW = 0.05
N_ERRORS = 3.0
MOST_ROWS = 20_000
MOST_CLASSES = 20
FEWEST = 20
_SMOOTHING = 0.5


def below_chance(material: Material) -> Iterator[Finding]:
    """Whether words predict the wrong label in held-out folds.

    Naive Bayes on which words a text has, with equal priors, in folds that keep groups whole. It
    falls below chance where a held-out text has a twin of another label in training.
    """
    classes, n_classes = _classes(material)
    if n_classes > MOST_CLASSES or material.n_groups < FEWEST:
        return
    rows = _sampled(material)
    said = _naive_bayes(material, classes, n_classes, rows)
    right = said == classes[rows]
    score = float(np.mean([right[classes[rows] == each].mean() for each in range(n_classes)]))
    error = np.sqrt((1 / n_classes) * (1 - 1 / n_classes) / len(np.unique(_groups(material, rows))))
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


def _classes(material: Material) -> tuple[Ints, int]:
    """The classes; of a continuous target whether it is above the median."""
    if not material.is_regression:
        return material.targets.astype(np.int64), material.n_classes
    return (material.targets > np.median(material.targets)).astype(np.int64), 2


def _sampled(material: Material) -> Ints:
    """All rows, or those of so many groups as hold about 20,000."""
    groups = material.dataset.groups
    if len(groups) <= MOST_ROWS:
        return np.arange(len(groups))
    share = MOST_ROWS / len(groups)
    kept = np.random.default_rng(0).random(material.n_groups) < share
    return np.flatnonzero(kept[groups])


def _groups(material: Material, rows: Ints) -> Ints:
    return material.dataset.groups[rows]


def _naive_bayes(material: Material, classes: Ints, n_classes: int, rows: Ints) -> Ints:
    """The class that each of `rows` gets from the other folds."""
    places = np.full(len(material), -1)
    places[rows] = np.arange(len(rows))
    texts, codes = material.word_pairs
    kept = places[texts] >= 0
    texts, codes = places[texts[kept]], np.unique(codes[kept], return_inverse=True)[1]
    n_words, n_folds = int(codes.max(initial=0)) + 1, material.n_folds
    labels, folds = classes[rows], material.folds[rows]
    shape = n_folds, n_classes, n_words
    cells = np.ravel_multi_index((folds[texts], labels[texts], codes), shape)
    counts = np.bincount(cells, minlength=int(np.prod(shape))).reshape(shape)
    sizes = np.bincount(folds * n_classes + labels, minlength=n_folds * n_classes)
    sizes = sizes.reshape(n_folds, n_classes)
    scores = np.zeros((len(rows), n_classes))
    for fold in range(n_folds):
        inside = folds[texts] == fold
        train = counts.sum(axis=0) - counts[fold]
        n_train = sizes.sum(axis=0) - sizes[fold]
        present = (train + _SMOOTHING) / (n_train[:, None] + 2 * _SMOOTHING)
        _add(scores, texts[inside], np.log(present)[:, codes[inside]])
    said: Ints = scores.argmax(axis=1)
    return said


def _add(scores: NDArray[np.float64], texts: Ints, values: NDArray[np.float64]) -> None:
    for at, each in enumerate(values):
        scores[:, at] += np.bincount(texts, each, minlength=len(scores))


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
