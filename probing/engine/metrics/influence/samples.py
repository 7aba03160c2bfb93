"""The test samples of all folds of a cell, joined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from probing.engine.metrics.pooling import joined
from probing.engine.metrics.predicted import Numbers, Predicted, UndefinedMetricError, Whole


@dataclass(frozen=True)
class Samples:
    """The predictions of all folds together; `fold` `[n]` says where each stands."""

    predicted: Predicted
    fold: Whole

    @classmethod
    def of(cls, folds: Sequence[Predicted]) -> Samples:
        """Join the test parts of the folds, in their order."""
        sizes = [len(one.targets) for one in folds]
        return cls(joined(folds), np.repeat(np.arange(len(folds)), sizes))

    @property
    def task(self) -> str:
        """Binary, multiclass or regression."""
        return self.predicted.task

    @property
    def targets(self) -> Whole:
        """Class indices `[n]`."""
        return self.predicted.targets.astype(np.int64)

    @cached_property
    def present(self) -> Whole:
        """The classes that have a sample."""
        return np.unique(self.targets)

    @cached_property
    def classes(self) -> Whole:
        """The place of each sample's class among those present, `[n]`."""
        return np.searchsorted(self.present, self.targets)

    @property
    def n_classes(self) -> int:
        """Classes that have a sample."""
        return len(self.present)

    @property
    def scored_classes(self) -> Whole:
        """The classes that a metric averages over: class 1 of two, else those present."""
        return self.predicted.classes

    @property
    def n_folds(self) -> int:
        """Folds that were scored."""
        return int(self.fold.max()) + 1

    @cached_property
    def sizes(self) -> Whole:
        """Samples of each fold, `[n_folds]`."""
        return np.bincount(self.fold)

    @property
    def fold_and_class(self) -> Whole:
        """A number for each fold and class, `[n]`."""
        return self.fold * self.n_classes + self.classes

    @cached_property
    def n_classes_present(self) -> Whole:
        """Classes with a sample in each fold, `[n_folds]`."""
        counts = np.bincount(self.fold_and_class, minlength=self.n_folds * self.n_classes)
        present: Whole = (counts.reshape(self.n_folds, -1) > 0).sum(axis=1)
        return present

    def is_constant(self, values: Numbers | Whole) -> bool:
        """Whether `values` `[n, ...]` are the same throughout every fold."""
        flat = values.reshape(len(values), -1)
        parts = (flat[self.fold == fold] for fold in range(self.n_folds))
        return all(bool((part == part[0]).all()) for part in parts)

    def need_two_classes(self) -> None:
        """Raise `UndefinedMetricError` where a fold has samples of one class alone."""
        if (self.n_classes_present < 2).any():
            raise UndefinedMetricError("a test part has only one class")

    def mean_of(self, place: Whole, values: Numbers) -> Numbers:
        """The mean of `values` `[n]` at each place; 0 where there is none."""
        counts = np.bincount(place)
        mean: Numbers = np.bincount(place, values) / np.maximum(counts, 1)
        return mean
