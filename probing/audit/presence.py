"""What the presence of a single word or character alone tells of the target."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from probing.audit.held_out import HeldOut, score_of
from probing.audit.material import Material

MOST_CELLS = 50_000_000

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Telltale:
    """The feature that most folds chose, and the score of those that they chose."""

    at: int
    score: HeldOut


def telltale(material: Material, texts: Ints, features: Ints, n_features: int) -> Telltale | None:
    """The one feature that best tells the target by being in a text or not.

    `texts` and `features` are the pairs that occur, each once. For every fold it is chosen on the
    other folds, and scored on the fold. None where there are no features.
    """
    if not n_features or n_features * material.n_folds * max(material.n_classes, 1) > MOST_CELLS:
        return None
    if material.is_regression:
        chosen, score = _means(material, texts, features, n_features)
    else:
        chosen, score = _majorities(material, texts, features, n_features)
    return Telltale(int(np.bincount(chosen).argmax()), score_of(material, score))


def _majorities(
    material: Material, texts: Ints, features: Ints, n_features: int
) -> tuple[list[int], float]:
    """The chosen features, and the accuracy of the majority class with and without each."""
    shape = material.n_folds, n_features, material.n_classes
    targets = material.targets.astype(np.int64)
    place = np.ravel_multi_index((material.folds[texts], features, targets[texts]), shape)
    present = np.bincount(place, minlength=int(np.prod(shape))).reshape(shape)
    weights = material.class_weights
    with_it = present * weights
    every = material.fold_class_counts * weights
    chosen, right = [], 0.0
    for fold in range(material.n_folds):
        train = with_it.sum(axis=0) - with_it[fold]
        rest = (every.sum(axis=0) - every[fold]) - train
        at = int((train.max(axis=1) + rest.max(axis=1)).argmax())
        yes, no = train[at].argmax(), rest[at].argmax()
        right += with_it[fold, at, yes] + every[fold, no] - with_it[fold, at, no]
        chosen.append(at)
    return chosen, right / every.sum()


def _means(
    material: Material, texts: Ints, features: Ints, n_features: int
) -> tuple[list[int], float]:
    """The chosen features, and R² of the mean target with and without each."""
    n_folds, folds = material.n_folds, material.folds
    y = material.targets.astype(np.float64) - float(material.targets.mean())
    place = folds[texts] * n_features + features
    shape = n_folds, n_features
    sums = np.bincount(place, y[texts], minlength=n_folds * n_features).reshape(shape)
    sizes = np.bincount(place, minlength=n_folds * n_features).reshape(shape).astype(np.float64)
    all_sums, all_sizes = np.bincount(folds, y), np.bincount(folds).astype(np.float64)
    chosen, gained = [], 0.0
    for fold in range(n_folds):
        total, size = sums.sum(axis=0) - sums[fold], sizes.sum(axis=0) - sizes[fold]
        others = all_sums.sum() - all_sums[fold] - total
        n_others = all_sizes.sum() - all_sizes[fold] - size
        yes, no = total / np.maximum(size, 1), others / np.maximum(n_others, 1)
        at = int((total * yes + others * no).argmax())
        gained += _gained(sums[fold, at], sizes[fold, at], yes[at])
        gained += _gained(
            all_sums[fold] - sums[fold, at], all_sizes[fold] - sizes[fold, at], no[at]
        )
        chosen.append(at)
    return chosen, gained / max(float((y**2).sum()), 1e-300)


def _gained(total: float, size: float, mean: float) -> float:
    """By how much squared errors about `mean` are below those about 0."""
    return float(2 * mean * total - size * mean**2)
