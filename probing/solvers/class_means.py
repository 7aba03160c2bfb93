"""Class means of many training sets from one product."""

from __future__ import annotations

import torch
from torch import Tensor

from probing.solvers.scaling import Moments
from probing.solvers.training_sets import TrainingSets


def class_masks(sets: TrainingSets, n_classes: int) -> Tensor:
    """Whether a training row belongs to a class, `[g, k, n]`."""
    classes = torch.arange(n_classes, device=sets.inner.device)[:, None]
    return sets.masks.unsqueeze(1) & (sets.targets.unsqueeze(1) == classes)


def class_means(X: Tensor, sets: TrainingSets, n_classes: int) -> Tensor:
    """The mean of each class in each training set, `[g, k, d]`."""
    weights = class_masks(sets, n_classes).to(X.dtype)
    weights /= weights.sum(2, keepdim=True)
    return (weights.flatten(0, 1) @ X).view(*weights.shape[:2], -1)


def closeness(X: Tensor, means: Tensor, training: Moments, *, scaled: bool) -> Tensor:
    """`m·x - |m|²/2` about the training mean, `[g, k, n]`: largest for the nearest class mean.

    `means` is `[g, k, d]`; `training` holds the moments of each training set, whose deviation
    divides the features where `scaled`.
    """
    origin = training.mean.unsqueeze(1)
    about = means - origin
    slope = about / training.deviation.square().unsqueeze(1) if scaled else about
    offset = (slope * (origin + about / 2)).sum(2, keepdim=True)
    return (slope.flatten(0, 1) @ X.T).view(*means.shape[:2], -1) - offset
