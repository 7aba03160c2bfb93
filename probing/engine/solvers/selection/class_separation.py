"""How far apart the means of the classes lie along each feature."""

from __future__ import annotations

import torch
from torch import Tensor

from probing.engine.solvers.discriminant.class_means import class_moments, moment_blocks
from probing.engine.solvers.rows.streamed_rows import Rows
from probing.engine.solvers.rows.training_sets import TrainingSets


def class_separation(X: Rows, sets: TrainingSets, n_classes: int, *, scaled: bool) -> Tensor:
    """The deviation between the class means of each training set, `[g, d]`.

    Of two classes it ranks features as the difference of their means does, in units of the
    training deviation where `scaled`. Gurnee et al. 2023, arXiv:2305.01610.
    """
    found = []
    for block in moment_blocks(X, len(sets), n_classes):
        moments = class_moments(X, sets.block(block), n_classes, scaled=scaled)
        about = moments.about / moments.unit.unsqueeze(1)
        found.append((moments.shares.unsqueeze(2) * about.square()).sum(1).sqrt())
    return torch.cat(found)
