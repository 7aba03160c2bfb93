"""What all parts of an audit read: a dataset, its words, and folds that keep groups whole."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from probing.audit.words import Words, words_of
from probing.datasets import TextDataset

N_FOLDS = 5
SEED = 0

Ints = NDArray[np.int64]


class Material:
    """A dataset with what several findings are computed from, each computed once."""

    def __init__(self, dataset: TextDataset) -> None:
        self.dataset = dataset
        self.targets = dataset.targets
        self.is_regression = dataset.task == "regression"
        self.n_classes = dataset.n_classes
        self.n_groups = int(dataset.groups.max()) + 1

    def __len__(self) -> int:
        return len(self.dataset)

    @cached_property
    def folds(self) -> Ints:
        """The fold of every row, `[n_texts]`: groups are dealt at random and stay whole."""
        dealt = np.random.default_rng(SEED).permutation(self.n_groups) % self.n_folds
        return dealt[self.dataset.groups].astype(np.int64)

    @property
    def n_folds(self) -> int:
        """Five, or as many as there are groups."""
        return min(N_FOLDS, self.n_groups)

    @cached_property
    def words(self) -> Words:
        """The words of all texts."""
        return words_of(self.dataset.texts)

    @cached_property
    def class_counts(self) -> Ints:
        """Rows of every class, `[n_classes]`."""
        return np.bincount(self.targets.astype(np.int64), minlength=self.n_classes)

    @cached_property
    def base(self) -> float:
        """What a constant scores: the majority class's share, or R² = 0."""
        return 0.0 if self.is_regression else float(self.class_counts.max() / len(self))
