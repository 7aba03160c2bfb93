"""Which rows each model is trained on, and the inner folds of those rows."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

OUTSIDE = -1


@dataclass(frozen=True)
class TrainingSets:
    """g training sets over n rows.

    `targets` is `[g, n]`; `inner` `[g, n]` is the inner fold of each training row, -1 elsewhere.
    """

    targets: Tensor
    inner: Tensor

    def __len__(self) -> int:
        return len(self.inner)

    @property
    def masks(self) -> Tensor:
        """Whether a row is trained on, `[g, n]`."""
        return self.inner != OUTSIDE

    @property
    def n_inner(self) -> int:
        """The number of inner folds."""
        return int(self.inner.max()) + 1

    def block(self, part: slice) -> TrainingSets:
        """Some of the training sets."""
        return TrainingSets(self.targets[part], self.inner[part])

    def inner_masks(self, sets: Tensor) -> tuple[Tensor, Tensor]:
        """Rows trained on and held out, `[len(sets) * n_inner, n]` each, inner fold fastest."""
        inner = self.inner[sets].unsqueeze(1)
        held_out = inner == torch.arange(self.n_inner, device=inner.device)[:, None]
        trained = (inner != OUTSIDE) & ~held_out
        return trained.flatten(0, 1), held_out.flatten(0, 1)
