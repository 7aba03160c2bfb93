"""The votes, or the mean, of the nearest training rows."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from probing.classifiers.builtin.foldwise import FoldData, FoldwiseClassifier
from probing.classifiers.builtin.layerwise import Failure, Outcome
from probing.classifiers.builtin.training import scored_rows
from probing.errors import SpecError
from probing.solvers.memory import blocks


class KNN(FoldwiseClassifier):
    """Shares of the classes, or the mean target, among the nearest rows by Euclidean distance."""

    streams: ClassVar[bool] = False
    tasks: ClassVar[tuple[str, ...]] = ("binary", "multiclass", "regression")

    def __init__(self, n_neighbors: int = 5) -> None:
        if isinstance(n_neighbors, bool) or not isinstance(n_neighbors, int) or n_neighbors < 1:
            what = f"n_neighbors = {n_neighbors!r} must be a whole number of at least 1"
            raise SpecError(what, where="KNN")
        self.n_neighbors = n_neighbors

    def fit_fold(self, data: FoldData) -> Outcome | Failure:
        """Look up the neighbours of the validation and test rows."""
        n = len(data.part.train)
        if n < self.n_neighbors:
            reason = f"{self.n_neighbors} neighbours wanted, {n} training rows; lower n_neighbors"
            return Failure(data.part, reason)
        X = data.X.whole
        trained, wanted = X[data.training], data.targets[data.training]
        near = wanted[_nearest(scored_rows(data.part, X), trained, self.n_neighbors)]
        classes = data.layer.task != "regression"
        scores = near.to(torch.float64).mean(1)
        if data.layer.task == "multiclass":
            scores = torch.nn.functional.one_hot(near, data.layer.n_classes).double().mean(1)
        return Outcome(data.part, scores, trained.numel(), 0.5, probabilities=classes)


def _nearest(queries: Tensor, rows: Tensor, n_neighbors: int) -> Tensor:
    """The indices `[q, n_neighbors]` of the nearest rows."""
    bytes_each = 2 * len(rows) * rows.element_size()
    found = [
        torch.cdist(queries[part], rows).topk(n_neighbors, largest=False).indices
        for part in blocks(len(queries), bytes_each, rows.device)
    ]
    return torch.cat(found)
