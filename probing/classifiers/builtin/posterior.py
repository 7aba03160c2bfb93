"""From log posteriors to the scores of a classifier."""

from __future__ import annotations

import torch
from torch import Tensor

from probing.classifiers.builtin.layerwise import Outcome
from probing.classifiers.builtin.training import Training, scored_rows


def posterior(scores: Tensor) -> Tensor:
    """Probabilities of classes `[n, k]`, or of class 1 `[n]` for two, from log posteriors."""
    if scores.shape[1] == 2:
        return torch.sigmoid(scores[:, 1] - scores[:, 0])
    return scores.softmax(1)


def posterior_outcome(part: Training, scores: Tensor, n_params: int) -> Outcome:
    """The outcome of a training with log posteriors `[n, k]` of all rows, up to a constant."""
    return Outcome(
        training=part,
        scores=scored_rows(part, posterior(scores)),
        n_params=n_params,
        threshold=0.5,
        probabilities=True,
    )
