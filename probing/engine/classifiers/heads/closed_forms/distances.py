"""Scores by distances: to the nearest training rows, or to the means of two classes."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from probing.engine.classifiers.builtin.knn import KNN
from probing.engine.classifiers.builtin.nearest_centroid import NearestCentroid
from probing.engine.classifiers.heads.closed_forms.trained_rows import Arrays, TrainedRows, tensor
from probing.errors import CellError

LARGEST = 2**28  # bytes of training rows that are saved
_LEAST = math.log(torch.finfo(torch.float64).tiny)  # stands for the log odds of no vote
_PIECE = 1024  # rows that are compared together


class NeighboursHead:
    """The vote, or the mean target, of the nearest training rows, which it keeps."""

    def __init__(self, arrays: Arrays) -> None:
        self.mean, self.unit = tensor(arrays, "mean"), tensor(arrays, "unit")
        self.rows = (tensor(arrays, "rows") - self.mean) / self.unit
        self.targets = tensor(arrays, "targets")
        self.n_neighbors, self.n_classes = tensor(arrays, "counts").tolist()

    @staticmethod
    def fitted(classifier: KNN, rows: TrainedRows) -> dict[str, Tensor]:
        """The rows as the model gives them, in float32; raises `CellError` where they are many."""
        if rows.features.nbytes > LARGEST:
            n, mib = len(rows.features), rows.features.nbytes // 2**20
            what = f"its {n:,} training rows are {mib:,} MiB, more than the {LARGEST // 2**20} MiB"
            raise CellError(f"{what} that are saved")
        n_classes = 0 if rows.task == "regression" else rows.n_classes
        return {
            "mean": rows.mean,
            "unit": rows.unit,
            "rows": rows.features.float(),
            "targets": torch.from_numpy(rows.targets),
            "counts": torch.tensor([classifier.n_neighbors, n_classes]),
        }

    def __call__(self, features: Tensor) -> Tensor:
        """Of two classes the log odds of the vote, of more each's, of a number the mean."""
        return torch.cat([self._of(piece) for piece in torch.split(features, _PIECE)])

    def _of(self, features: Tensor) -> Tensor:
        z = (features.double() - self.mean) / self.unit
        near = self.targets[torch.cdist(z, self.rows).topk(self.n_neighbors, largest=False).indices]
        if self.n_classes > 2:
            votes = torch.nn.functional.one_hot(near.long(), self.n_classes).double().mean(1)
        else:
            votes = near.double().mean(1, keepdim=True)
        return votes.logit().clamp(_LEAST, -_LEAST) if self.n_classes else votes


class CentroidHead:
    """By how much nearer the mean of the second of two classes is."""

    def __init__(self, arrays: Arrays) -> None:
        self.means, self.unit = tensor(arrays, "means"), tensor(arrays, "unit")

    @staticmethod
    def fitted(classifier: NearestCentroid, rows: TrainedRows) -> dict[str, Tensor]:
        """The means of the classes."""
        own = [rows.of_class(at).mean(0) * rows.unit + rows.mean for at in range(rows.n_classes)]
        return {"means": torch.stack(own), "unit": rows.unit}

    def __call__(self, features: Tensor) -> Tensor:
        """The distance to the first mean less that to the second, `[n, 1]`."""
        apart: list[Tensor] = [
            ((features.double() - mean) / self.unit).norm(dim=1) for mean in self.means
        ]
        difference: Tensor = apart[0] - apart[1]
        return difference[:, None]
