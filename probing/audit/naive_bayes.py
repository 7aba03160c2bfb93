"""Naive Bayes on which words a text has, in held-out folds, with equal priors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from probing.audit.material import Material

MOST_ROWS = 20_000
_SMOOTHING = 0.5

Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class SaidByWords:
    """What the words of texts say in folds that they were not counted in.

    `rows` are those looked at, all or whole groups of about 20,000; `classes` of all texts, of a
    continuous target whether it is above the median; `said` `[n_rows]`.
    """

    rows: Ints
    classes: Ints
    n_classes: int
    said: Ints

    @classmethod
    def of(cls, material: Material) -> SaidByWords:
        """Count the words of every class, fold by fold."""
        classes, n_classes = _classes(material)
        rows = _sampled(material)
        places = np.full(len(material), -1)
        places[rows] = np.arange(len(rows))
        texts, codes = material.word_pairs
        kept = places[texts] >= 0
        codes = np.unique(codes[kept], return_inverse=True)[1]
        said = _said(places[texts[kept]], codes, classes[rows], material.folds[rows], n_classes)
        return cls(rows, classes, n_classes, said)

    @property
    def is_right(self) -> NDArray[np.bool_]:
        """Whether it is the class of each row."""
        right: NDArray[np.bool_] = self.said == self.classes[self.rows]
        return right


def _classes(material: Material) -> tuple[Ints, int]:
    if not material.is_regression:
        return material.targets.astype(np.int64), material.n_classes
    return (material.targets > np.median(material.targets)).astype(np.int64), 2


def _sampled(material: Material) -> Ints:
    groups = material.dataset.groups
    if len(groups) <= MOST_ROWS:
        return np.arange(len(groups))
    share = MOST_ROWS / len(groups)
    kept = np.random.default_rng(0).random(material.n_groups) < share
    return np.flatnonzero(kept[groups])


def _said(texts: Ints, codes: Ints, labels: Ints, folds: Ints, n_classes: int) -> Ints:
    n_words, n_folds = int(codes.max(initial=0)) + 1, int(folds.max(initial=0)) + 1
    shape = n_folds, n_classes, n_words
    cells = np.ravel_multi_index((folds[texts], labels[texts], codes), shape)
    counts = np.bincount(cells, minlength=int(np.prod(shape))).reshape(shape)
    sizes = np.bincount(folds * n_classes + labels, minlength=n_folds * n_classes)
    sizes = sizes.reshape(n_folds, n_classes)
    scores = np.zeros((len(labels), n_classes))
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
