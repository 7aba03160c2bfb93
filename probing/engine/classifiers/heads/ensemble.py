"""The mean of the scores of several heads, each of which reads its part of the features."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from probing.engine.classifiers.heads.side_by_side import Head
from probing.engine.metrics.log_odds import mean_log_odds, scores_of


@dataclass(frozen=True)
class EnsembleMember:
    """A head with what makes scores of its outputs, the features it reads, and its unit.

    Scores are divided by `unit`, but where they are log odds of which probabilities are averaged.
    """

    head: Head
    link: str
    width: int
    unit: float


class EnsembleHead:
    """The mean of members, of which each reads the next `width` of the features.

    `averages_shares` says that scores are log odds, whose probabilities are averaged.
    """

    def __init__(self, members: Sequence[EnsembleMember], *, averages_shares: bool) -> None:
        self.members, self.averages_shares = members, averages_shares

    def __call__(self, features: Tensor) -> Tensor:
        """The scores of features `[n, width of all]`, `[n, n_outputs]`."""
        parts = torch.split(features, [one.width for one in self.members], 1)
        each = [
            scores_of(one.head(part).numpy(), one.link) / one.unit
            for one, part in zip(self.members, parts, strict=True)
        ]
        mean = mean_log_odds(each) if self.averages_shares else np.mean(each, 0)
        return torch.from_numpy(mean.reshape(len(features), -1))
