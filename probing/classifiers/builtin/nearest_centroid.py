"""The class whose mean is nearest."""

from __future__ import annotations

from typing import ClassVar

import torch

from probing.classifiers.builtin.foldwise import FoldData, FoldwiseClassifier
from probing.classifiers.builtin.layerwise import Outcome
from probing.classifiers.builtin.training import scored_rows


class NearestCentroid(FoldwiseClassifier):
    """Scores are negative distances to the class means; for two classes, their difference."""

    tasks: ClassVar[tuple[str, ...]] = ("binary", "multiclass")

    def __init__(self) -> None:
        pass

    def fit_fold(self, data: FoldData) -> Outcome:
        """Average each class of one training set."""
        trained, labels = data.X[data.training], data.targets[data.training]
        means = [trained[labels == at].mean(0) for at in range(data.layer.n_classes)]
        distance = torch.cdist(scored_rows(data.part, data.X), torch.stack(means))
        binary = data.layer.task == "binary"
        scores = distance[:, 0] - distance[:, 1] if binary else -distance
        return Outcome(data.part, scores, len(means) * data.X.shape[1])
