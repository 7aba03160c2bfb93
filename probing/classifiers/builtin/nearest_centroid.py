"""The class whose mean is nearest."""

from __future__ import annotations

from typing import ClassVar

import torch

from probing.classifiers.builtin.foldwise import FoldData, FoldwiseClassifier
from probing.classifiers.builtin.layerwise import Outcome
from probing.classifiers.builtin.training import scored_rows


class NearestCentroid(FoldwiseClassifier):
    """For two classes the score is the difference of the distances to their means.

    With more, each has the score `m·x - |m|²/2` about the training mean: the largest is that of
    the nearest, and scores of one class compare between texts, as distances alone do not.
    """

    tasks: ClassVar[tuple[str, ...]] = ("binary", "multiclass")

    def __init__(self) -> None:
        pass

    def fit_fold(self, data: FoldData) -> Outcome:
        """Average each class of one training set."""
        trained, labels = data.X[data.training], data.targets[data.training]
        means = [trained[labels == at].mean(0) for at in range(data.layer.n_classes)]
        rows, centres = scored_rows(data.part, data.X), torch.stack(means)
        if data.layer.task == "binary":
            distance = torch.cdist(rows, centres)
            scores = distance[:, 0] - distance[:, 1]
        else:
            origin = trained.mean(0)
            about = centres - origin
            scores = (rows - origin) @ about.T - about.square().sum(1) / 2
        return Outcome(data.part, scores, len(means) * data.X.shape[1])
