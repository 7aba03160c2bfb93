"""Gaussian classes with a covariance, or variances, of their own."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from probing.solvers.components import principal_axes

ClassScore = Callable[[Tensor, Tensor], Tensor]


def class_scores(
    X: Tensor, targets: Tensor, training: Tensor, n_classes: int, score: ClassScore
) -> Tensor:
    """Log prior plus `score(class rows, X)` of every class, `[n, k]`.

    `X` is `[n, d]`, `targets` and `training` `[n]`; priors are the training frequencies.
    """
    trained, labels = X[training], targets[training]
    columns = []
    for at in range(n_classes):
        rows = trained[labels == at]
        columns.append(score(rows, X) + math.log(len(rows) / len(trained)))
    return torch.stack(columns, 1)


def gaussian(reg_param: float) -> ClassScore:
    """The log density of a Gaussian whose covariance is `(1 - reg_param) S + reg_param I`.

    S is the class's mean square about its mean. What the class does not span has the variance
    `reg_param`: only the smaller Gram matrix is decomposed.
    """

    def score(rows: Tensor, X: Tensor) -> Tensor:
        mean = rows.mean(0)
        values, axes = principal_axes((rows - mean) / len(rows) ** 0.5)
        variances = (1 - reg_param) * values + reg_param
        about = X - mean
        along = about @ axes
        distance = (along.square() / variances).sum(1)
        log_volume = variances.log().sum()
        beyond = rows.shape[1] - len(values)
        if beyond:
            rest = (about.square().sum(1) - along.square().sum(1)).clamp_min(0)
            distance = distance + rest / reg_param
            log_volume = log_volume + beyond * math.log(reg_param)
        return -(distance + log_volume) / 2

    return score


def independent_gaussians(smoothing: float) -> ClassScore:
    """The log density of independent features, `smoothing` added to each variance."""

    def score(rows: Tensor, X: Tensor) -> Tensor:
        variance = rows.var(0, correction=0) + smoothing
        distance = ((X - rows.mean(0)).square() / variance).sum(1)
        return -(distance + (2 * math.pi * variance).log().sum()) / 2

    return score
