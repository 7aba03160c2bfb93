"""Scores averaged over draws of weights."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from probing.engine.classifiers.heads.closed_forms.trained_rows import Arrays
from probing.engine.solvers.bayesian.predictive import predicted


class DrawnHead:
    """The log odds of the mean probability over all draws, of features on a few axes."""

    def __init__(self, arrays: Arrays) -> None:
        self.projection = np.asarray(arrays["projection"], dtype=np.float64)
        self.origin = np.asarray(arrays["origin"], dtype=np.float64)
        self.weights = np.asarray(arrays["weights"], dtype=np.float64)
        self.intercepts = np.asarray(arrays["intercepts"], dtype=np.float64)

    def __call__(self, features: Tensor) -> Tensor:
        """Of two classes `[n, 1]`, of more `[n, k]`."""
        X = (features.double().numpy() - self.origin) @ self.projection
        scores = predicted(X, self.weights, self.intercepts).scores
        return torch.from_numpy(scores.reshape(len(X), -1))
