"""K nearest neighbours: the vote, or the mean target, of the nearest training rows."""

from __future__ import annotations

import math
from typing import ClassVar

import torch

from probing.engine.classifiers.builtin.families.one_set_at_a_time import (
    FoldData,
    FoldwiseClassifier,
)
from probing.engine.classifiers.builtin.families.outcomes import Failure, Outcome
from probing.engine.solvers.rows.neighbours import nearest
from probing.errors import SpecError

_LEAST = math.log(torch.finfo(torch.float64).tiny)  # stands for the log odds of no vote


class KNN(FoldwiseClassifier):
    """Shares of the classes, or the mean target, among the nearest rows by Euclidean distance."""

    tasks: ClassVar[tuple[str, ...]] = ("binary", "multiclass", "regression")

    def __init__(self, n_neighbors: int = 5) -> None:
        if isinstance(n_neighbors, bool) or not isinstance(n_neighbors, int) or n_neighbors < 1:
            what = f"n_neighbors = {n_neighbors!r} must be a whole number of at least 1"
            raise SpecError(what, where="KNN")
        self.n_neighbors = n_neighbors

    def fit_fold(self, data: FoldData) -> Outcome | Failure:
        """Look up the neighbours of the rows to score."""
        n = len(data.part.train)
        if n < self.n_neighbors:
            reason = f"n_neighbors = {self.n_neighbors}, but {n} training rows; lower n_neighbors"
            return Failure(data.part, reason)
        scored = torch.from_numpy(data.part.scored).to(data.X.device)
        near = data.targets[nearest(data.X, data.training, scored, self.n_neighbors)]
        classes = data.layer.task != "regression"
        scores = near.to(torch.float64).mean(1)
        if data.layer.task == "multiclass":
            scores = torch.nn.functional.one_hot(near, data.layer.n_classes).double().mean(1)
        if classes:
            scores = scores.logit().clamp(_LEAST, -_LEAST)
        return Outcome(data.part, scores, n * data.X.shape[1], probabilities=classes)
