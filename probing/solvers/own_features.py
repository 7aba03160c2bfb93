"""The features that one training set sees: scaled by its own rows, in as few columns as will do."""

from __future__ import annotations

import torch
from torch import Tensor

from probing.solvers.basis import Basis, principal_basis, standardised
from probing.solvers.scaling import subset_moments


class OwnFeatures:
    """Features `[n, r]` of each training set, whose plain squared length is the penalty.

    With fewer columns than rows they are the scaled features themselves; else coordinates of
    the row space in which lengths are those of the scaled weights.
    """

    def __init__(self, X: Tensor, masks: Tensor, *, scaled: bool) -> None:
        self.wide = X.shape[1] >= X.shape[0]
        self.basis: Basis | None = principal_basis(X, scaled=scaled) if self.wide else None
        self.X = standardised(X, scaled=scaled) if self.basis is None else self.basis.X
        self.deviation = subset_moments(self.X, masks).deviation if scaled else None

    def of(self, at: int) -> Tensor:
        """The features of training set `at`."""
        if self.basis is None:
            return self.X if self.deviation is None else self.X / self.deviation[at]
        if self.deviation is None:
            return self.basis.Z
        V = self.basis.V / self.deviation[at][:, None]
        return self.basis.Z @ torch.linalg.cholesky(V.T @ V)
