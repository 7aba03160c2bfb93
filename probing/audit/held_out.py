"""What one feature of a text alone tells of its target, in folds that it was not chosen on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from probing.audit.findings import Finding, short
from probing.audit.material import Material

GAIN = 0.25  # of what a constant gets wrong, or of the variance
N_ERRORS = 3.0
FEWEST_GROUPS = 20

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class HeldOut:
    """A score in held-out folds, accuracy or R², beside what a constant scores."""

    score: float
    base: float
    n_groups: int
    is_regression: bool
    is_balanced: bool = True

    @property
    def gain(self) -> float:
        """The share of what a constant leaves open."""
        return (self.score - self.base) / max(1 - self.base, 1e-12)

    @property
    def is_clear(self) -> bool:
        """Whether it tells much, and more than chance would in so many groups."""
        if self.n_groups < FEWEST_GROUPS or self.gain < GAIN:
            return False
        error = np.sqrt(max(self.base * (1 - self.base), 1e-12) / self.n_groups)
        return self.is_regression or bool(self.score - self.base > N_ERRORS * error)

    @property
    def told(self) -> str:
        """The numbers in short: `.83 (majority .51)`, `R² .64`."""
        if self.is_regression:
            return f"R² {short(self.score)}"
        if not self.is_balanced:
            return f"balanced accuracy {short(self.score)} (chance {short(self.base)})"
        return f"{short(self.score)} (majority {short(self.base)})"


@dataclass(frozen=True)
class Shortcut:
    """A feature that tells the target, and what is told of it."""

    score: HeldOut
    finding: Finding


def score_of(material: Material, score: float) -> HeldOut:
    """`score` beside that of a constant."""
    return HeldOut(
        score,
        material.base,
        _n_telling(material),
        material.is_regression,
        material.is_balanced,
    )


def _n_telling(material: Material) -> int:
    """How many groups the score rests on: those of the smaller classes, where one rules."""
    if material.is_balanced:
        return material.n_groups
    rest = material.targets != material.class_counts.argmax()
    return len(np.unique(material.dataset.groups[rest]))


def of_values(material: Material, codes: Ints) -> HeldOut:
    """The score of a feature with few values, `[n_texts]` codes from 0: each predicts its own
    majority class or mean in the training folds, and one that is new there the overall one."""
    score = _r2(material, codes) if material.is_regression else _accuracy(material, codes)
    return score_of(material, score)


def _accuracy(material: Material, codes: Ints) -> float:
    n_values, n_classes = int(codes.max()) + 1, material.n_classes
    shape = material.n_folds, n_values, n_classes
    cells = np.ravel_multi_index((material.folds, codes, material.targets.astype(np.int64)), shape)
    counts = np.bincount(cells, minlength=int(np.prod(shape))).reshape(shape)
    weighted = counts * material.class_weights
    right = 0.0
    for held in weighted:
        train = weighted.sum(axis=0) - held
        said = np.where(train.any(axis=1), train.argmax(axis=1), train.sum(axis=0).argmax())
        right += float(held[np.arange(n_values), said].sum())
    return right / float(weighted.sum())


def _r2(material: Material, codes: Ints) -> float:
    n_values, n_folds = int(codes.max()) + 1, material.n_folds
    targets = material.targets.astype(np.float64) - float(material.targets.mean())
    cells = material.folds * n_values + codes
    sums = np.bincount(cells, targets, minlength=n_folds * n_values).reshape(n_folds, n_values)
    sizes = np.bincount(cells, minlength=n_folds * n_values).reshape(n_folds, n_values)
    train_sums, train_sizes = sums.sum(axis=0) - sums, sizes.sum(axis=0) - sizes
    overall = train_sums.sum(axis=1, keepdims=True) / np.maximum(
        train_sizes.sum(axis=1, keepdims=True), 1
    )
    means = np.where(train_sizes > 0, train_sums / np.maximum(train_sizes, 1), overall)
    errors = targets - means.reshape(-1)[cells]
    return 1 - float((errors**2).sum() / max((targets**2).sum(), 1e-300))


def binned(values: Floats, n_bins: int, fewest: int) -> Ints:
    """Numbers as codes of at most `n_bins` bins of about equal counts, of `fewest` rows or more."""
    n_bins = max(1, min(n_bins, len(values) // fewest))
    edges = np.unique(np.quantile(values, np.linspace(0, 1, n_bins + 1)[1:-1]))
    return np.searchsorted(edges, values, side="left").astype(np.int64)
