"""Ridge regression of many training sets with many rows, each from its own scatter matrix.

A scatter matrix costs as much as it has rows, once; every strength is then solved without them.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from probing.engine.solvers.ridge.one_training_set import least_error
from probing.engine.solvers.rows.cholesky import solve_with
from probing.engine.solvers.rows.scaling import Moments, subset_moments, sum_of
from probing.engine.solvers.rows.scatter import Scatters
from probing.engine.solvers.rows.streamed_rows import Rows
from probing.engine.solvers.rows.training_sets import TrainingSets


class ScatterRidge:
    """All training sets over the rows of a centred `X` `[n, d]`.

    Where `scaled`, the features are measured in the deviations of each training.
    """

    def __init__(self, X: Rows, sets: TrainingSets, *, scaled: bool) -> None:
        self.X, self.sets, self.scaled = X, sets, scaled
        everything = torch.ones(len(X), dtype=torch.bool, device=X.device)
        self._all = Scatters(X, everything)

    def predictions(self, alphas: Tensor) -> Iterator[Tensor]:
        """For each training those of the wanted rows, `[columns, m, n]`, 0 for the others.

        `alphas` are `[n_trainings, m]`.
        """
        for at in range(self.sets.n_trainings):
            yield self.of_training(at, alphas[at])

    def of_training(self, at: int, alphas: Tensor) -> Tensor:
        """Those of one training for `alphas` `[m]`."""
        own = self.sets.block(slice(at, at + 1))
        mask = own.masks[:1]
        moments = subset_moments(self.X, mask)
        scatter = self._all.of(mask[:, None], *_one_class(moments))
        unit = self._unit(moments)
        fit = _Fit(self.X, scatter[0], mask[0], moments.mean[0], unit, own.targets)
        return fit.predictions(alphas, own.wanted[0])

    def choices(self, alphas: Tensor) -> Iterator[tuple[int, Tensor]]:
        """For each training the place of the best of `alphas` `[m]`, and predictions with it.

        Best is the least squared error, summed over rows, columns and inner folds; the strengths
        are compared in the units of the whole training. The predictions `[columns, n]` are those
        of the training rows, each by a fit without its inner fold, in units of its own.
        """
        for at in range(self.sets.n_trainings):
            fits = self._inner_fits(self.sets.block(slice(at, at + 1)))
            place = least_error(
                torch.stack([fit.errors(alphas, held) for fit, held, _ in fits]).sum(0)
            )
            held_out = alphas.new_zeros(self.sets.n_columns, len(self.X))
            for fit, held, unit in fits:
                fit.predict_in(unit, alphas[place], held, held_out)
            yield place, held_out

    def _inner_fits(self, own: TrainingSets) -> list[tuple[_Fit, Tensor, Tensor]]:
        """One for each inner fold, the rows `[n]` that it leaves out, and its own units `[d]`."""
        unit = self._unit(subset_moments(self.X, own.masks[:1]))
        trained, held_out = own.inner_masks(torch.zeros(1, dtype=torch.int64).to(unit.device))
        used = held_out.any(1)
        trained, held_out = trained[used], held_out[used]
        moments = subset_moments(self.X, trained)
        within = Scatters(self.X, own.masks[0], self._all.sum_of(own.masks[0]))
        scatters = within.of(trained[:, None], *_one_class(moments))
        units = moments.deviation if self.scaled else torch.ones_like(moments.mean)
        return [
            (_Fit(self.X, scatter, mask, mean, unit, own.targets), held, own_unit)
            for scatter, mask, mean, held, own_unit in zip(
                scatters, trained, moments.mean, held_out, units, strict=True
            )
        ]

    def _unit(self, moments: Moments) -> Tensor:
        return moments.deviation[0] if self.scaled else torch.ones_like(moments.mean[0])


def _one_class(moments: Moments) -> tuple[Tensor, Tensor]:
    return moments.mean.unsqueeze(1), moments.variance.unsqueeze(1)


class _Fit:
    """One training set of rows in `mask` `[n]`: the eigenvectors of its `scatter` `[d, d]`.

    `mean` and `unit` are `[d]`, `targets` `[q, n]`.
    """

    def __init__(
        self, X: Rows, scatter: Tensor, mask: Tensor, mean: Tensor, unit: Tensor, targets: Tensor
    ) -> None:
        self.X, self.mean, self.unit, self.targets = X, mean, unit, targets
        self.scatter = scatter.div_(unit).div_(unit[:, None])
        self.energy, self.axes = torch.linalg.eigh(self.scatter)
        n_rows = mask.sum()
        self.middle = (targets * mask).sum(1) / n_rows
        about = (targets - self.middle[:, None]) * mask
        self.slope = sum_of(X, about) / unit
        self.pull = self.axes.T @ self.slope.T

    def predictions(self, alphas: Tensor, wanted: Tensor) -> Tensor:
        """`[q, m, n]` for the rows `wanted` `[n]`, 0 for the others."""
        slopes = self._slopes(alphas)
        found = slopes.new_zeros(len(self.targets), len(alphas), len(self.X))
        for at, rows in self.X.chosen(wanted):
            found[:, :, at] = self._values(slopes, rows)
        return found

    def errors(self, alphas: Tensor, wanted: Tensor) -> Tensor:
        """The squared errors over the rows `wanted`, summed, `[m]`."""
        slopes, errors = self._slopes(alphas), torch.zeros_like(alphas)
        for at, rows in self.X.chosen(wanted):
            missed = self._values(slopes, rows) - self.targets[:, None, at]
            errors += missed.square().sum((0, 2))
        return errors

    def predict_in(self, unit: Tensor, alpha: Tensor, wanted: Tensor, out: Tensor) -> None:
        """Put predictions of the rows `wanted` `[n]` into `out` `[q, n]`, in other units `[d]`."""
        ratio = self.unit / unit
        matrix = self.scatter * ratio * ratio[:, None]
        matrix.diagonal().add_(alpha)
        factor = torch.linalg.cholesky(matrix)
        found = solve_with(factor, (self.slope * ratio).T).T
        for at, rows in self.X.chosen(wanted):
            out[:, at] = self._values((found / unit).unsqueeze(1), rows)[:, 0]

    def _slopes(self, alphas: Tensor) -> Tensor:
        """Weights of the features, `[q, m, d]`."""
        shares = self.pull.T.unsqueeze(1) / (self.energy.clamp_min(0) + alphas[:, None])
        slopes: Tensor = (shares @ self.axes.T) / self.unit
        return slopes

    def _values(self, slopes: Tensor, rows: Tensor) -> Tensor:
        flat = slopes.flatten(0, 1) @ (rows - self.mean).T
        return flat.view(*slopes.shape[:2], -1) + self.middle[:, None, None]
