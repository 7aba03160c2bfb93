"""What all parts of an audit read: a dataset, its words, and folds that keep groups whole."""

from __future__ import annotations

from collections.abc import Hashable
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from probing.audit.naive_bayes import SaidByWords
from probing.audit.words import Words, words_of
from probing.datasets import TextDataset
from probing.datasets.facts import row_keys

N_FOLDS = 5
SEED = 0
UNBALANCED = 0.65

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


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
    def template_columns(self) -> frozenset[str]:
        """The columns that a template puts into the text."""
        return frozenset(name for role, name, _ in self.dataset.sources if role == "template")

    @cached_property
    def same_texts(self) -> Ints:
        """A number for every different text, and what a row marks in it, `[n_texts]`.

        White space does not count.
        """
        first: dict[Hashable, int] = {}
        keys = row_keys(self.dataset, self.dataset.bare or self.dataset.texts)
        numbers = (first.setdefault(key, len(first)) for key in keys)
        return np.fromiter(numbers, np.int64, len(self.dataset))

    @cached_property
    def class_groups(self) -> Ints:
        """In how many groups each class stands, `[n_classes]`."""
        pairs = np.unique(self.dataset.groups * self.n_classes + self.targets.astype(np.int64))
        return np.bincount(pairs % self.n_classes, minlength=self.n_classes)

    @cached_property
    def words(self) -> Words:
        """The words of all texts, or of what rows mark in them."""
        return words_of(self.dataset.marked)

    @cached_property
    def word_pairs(self) -> tuple[Ints, Ints]:
        """Text and code of every word, once for each text that it stands in."""
        n_words = max(1, len(self.words.names))
        pairs = np.sort(self.words.texts * n_words + self.words.codes)
        # np.unique takes ten times as long
        pairs = pairs[np.flatnonzero(np.diff(pairs, prepend=-1))]
        return pairs // n_words, pairs % n_words

    @cached_property
    def by_words(self) -> SaidByWords:
        """The class of each text by its words alone."""
        return SaidByWords.of(self)

    @cached_property
    def fold_class_counts(self) -> Ints:
        """Rows of every fold and class, `[n_folds, n_classes]`."""
        cells = self.folds * self.n_classes + self.targets.astype(np.int64)
        counts = np.bincount(cells, minlength=self.n_folds * self.n_classes)
        return counts.reshape(self.n_folds, self.n_classes)

    @cached_property
    def class_counts(self) -> Ints:
        """Rows of every class, `[n_classes]`."""
        return np.bincount(self.targets.astype(np.int64), minlength=self.n_classes)

    @property
    def is_balanced(self) -> bool:
        """Whether accuracy tells a shortcut; where one class rules, balanced accuracy does."""
        return self.is_regression or bool(self.class_counts.max() < UNBALANCED * len(self))

    @property
    def class_weights(self) -> Floats:
        """The weight of a row of every class in an accuracy."""
        if self.is_balanced:
            return np.ones(self.n_classes)
        return len(self) / (self.n_classes * np.maximum(self.class_counts, 1).astype(np.float64))

    @cached_property
    def base(self) -> float:
        """What a constant scores: the majority class's share (of a class among all, where
        accuracy is balanced), or R² = 0."""
        if self.is_regression:
            return 0.0
        if not self.is_balanced:
            return 1 / self.n_classes
        return float(self.class_counts.max() / len(self))
