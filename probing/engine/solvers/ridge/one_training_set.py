"""Ridge regression of one training set: one decomposition of its rows serves every strength."""

from __future__ import annotations

import torch
from torch import Tensor

from probing.engine.solvers.penalised.race_rounds import TIE
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

    def predictions(self, alphas: Tensor, wanted: Tensor | None = None) -> Tensor:
        """Those of the `wanted` rows `[n]`, else of those left out, `[m, p, q]`.

        One for every one of `alphas` `[m]`.
        """
        return self._predictions(self.X.of(~self.mask if wanted is None else wanted), alphas)

    def linear(self, alpha: float) -> Tensor:
        """Those of all rows, `[n, q]`."""
        strengths = self.basis.energy.new_tensor([alpha])
        found = [self._predictions(rows, strengths)[0] for _, rows in self.X.pieces()]
        return torch.cat(found)

    def _predictions(self, outside: Tensor, alphas: Tensor) -> Tensor:
        basis, trained = self.basis, self.targets[self.mask]
        mean = trained.mean(0)
        weights = (basis.Z.T @ (trained - mean)) / (basis.energy + alphas[:, None])[..., None]
        if basis.is_wide:
            coordinates = (outside @ basis.X.whole.T) @ (basis.Z / basis.energy)
        else:
            coordinates = outside @ basis.V
        predictions: Tensor = coordinates @ weights + mean
        return predictions

    def inner_predictions(self, inner: Tensor, alphas: Tensor) -> Tensor:
        """Those of the training rows, each without its inner fold, `[m, n_train, q]`.

        `inner` `[n]` is the inner fold of a training row.
        """
        inner, trained = inner[self.mask], self.targets[self.mask]
        found = trained.new_zeros(len(alphas), *trained.shape)
        for number in range(int(inner.max()) + 1):
            mask = inner == number
            if not bool(mask.any()):
                continue
            out = left_out_predictions(self.basis, trained[None], mask[None], alphas[None])
            own = out.predictions[0]
            weak = ~out.sound[0]
            if bool(weak.any()):
                alone = Alone(self.basis.X, ~mask, trained, scaled=False)
                own[weak] = alone.predictions(alphas[weak])
            found[:, mask] = own
        return found

    def errors_of(self, predictions: Tensor) -> Tensor:
        """Squared errors of predictions `[m, n_train, q]`, summed over rows and columns `[m]`."""
        return (predictions - self.targets[self.mask]).square().sum((1, 2))


def least_error(errors: Tensor) -> int:
    """The place of the least of `errors` `[m]`, of equal ones the first."""
    return int((errors <= errors.min() * (1 + TIE)).to(torch.uint8).argmax())
