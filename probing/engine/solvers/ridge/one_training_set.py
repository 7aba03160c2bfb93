"""Ridge regression of one training set: from a decomposition of its own rows, every strength."""

from __future__ import annotations

import torch
from torch import Tensor

from probing.engine.solvers.penalised.strength_choice import TIE
from probing.engine.solvers.ridge.left_out_rows import left_out_predictions
from probing.engine.solvers.rows.principal_basis import principal_basis
from probing.engine.solvers.rows.scaling import subset_moments
from probing.engine.solvers.rows.streamed_rows import Rows


class Alone:
    """One training set in coordinates of its own.

    `X` is `[n, d]`, `mask` `[n]`, `targets` `[n, q]`; the features are scaled by the rows of
    the mask where `scaled`.
    """

    def __init__(self, X: Rows, mask: Tensor, targets: Tensor, *, scaled: bool) -> None:
        moments = subset_moments(X, mask[None])
        self.X = X.about(moments.mean[0], moments.deviation[0] if scaled else None)
        self.mask, self.targets = mask, targets
        self.basis = principal_basis(Rows(self.X.of(mask)), scaled=False)

    def predictions(self, alphas: Tensor) -> Tensor:
        """Those of the rows left out, `[m, p, q]`, for every one of `alphas` `[m]`."""
        basis, outside = self.basis, self.X.of(~self.mask)
        trained = self.targets[self.mask]
        mean = trained.mean(0)
        weights = (basis.Z.T @ (trained - mean)) / (basis.energy + alphas[:, None])[..., None]
        if basis.is_wide:
            coordinates = (outside @ basis.X.whole.T) @ (basis.Z / basis.energy)
        else:
            coordinates = outside @ basis.V
        predictions: Tensor = coordinates @ weights + mean
        return predictions

    def inner_errors(self, inner: Tensor, alphas: Tensor) -> Tensor:
        """The squared error of every alpha, summed over rows, columns and inner folds `[m]`.

        `inner` `[n]` is the inner fold of a training row.
        """
        inner, trained = inner[self.mask], self.targets[self.mask]
        folds = torch.arange(int(inner.max()) + 1, device=inner.device)[:, None]
        masks = inner == folds
        masks = masks[masks.any(1)]
        errors = torch.zeros_like(alphas)
        for mask in masks:
            out = left_out_predictions(self.basis, trained[None], mask[None], alphas[None])
            own = (out.predictions[0] - trained[mask]).square().sum((1, 2))
            weak = ~out.sound[0]
            if bool(weak.any()):
                alone = Alone(self.basis.X, ~mask, trained, scaled=False)
                own[weak] = (alone.predictions(alphas[weak]) - trained[mask]).square().sum((1, 2))
            errors += own
        return errors


def least_error(errors: Tensor) -> int:
    """The place of the least of `errors` `[m]`, of equal ones the first."""
    return int((errors <= errors.min() * (1 + TIE)).to(torch.uint8).argmax())
