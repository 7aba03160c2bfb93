"""Ridge regression of many training sets with many rows, each from its own scatter matrix.

A scatter matrix costs as much as it has rows, once; every strength is then solved without them.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

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
            own = self.sets.block(slice(at, at + 1))
            mask = own.masks[:1]
            moments = subset_moments(self.X, mask)
            scatter = self._all.of(mask[:, None], *_one_class(moments))
            unit = self._unit(moments)
            fit = _Fit(self.X, scatter[0], mask[0], moments.mean[0], unit, own.targets)
            yield fit.predictions(alphas[at], own.wanted[0])

    def inner_errors(self, alphas: Tensor) -> Iterator[Tensor]:
        """For each training the squared error of every one of `alphas` `[m]`.

        It is summed over rows, columns and inner folds.
        """
        for at in range(self.sets.n_trainings):
            own = self.sets.block(slice(at, at + 1))
            unit = self._unit(subset_moments(self.X, own.masks[:1]))
            trained, held_out = own.inner_masks(torch.zeros(1, dtype=torch.int64).to(unit.device))
            used = held_out.any(1)
            trained, held_out = trained[used], held_out[used]
            moments = subset_moments(self.X, trained)
            within = Scatters(self.X, own.masks[0], self._all.sum_of(own.masks[0]))
            scatters = within.of(trained[:, None], *_one_class(moments))
            errors = torch.zeros_like(alphas)
            for one in zip(scatters, trained, moments.mean, held_out, strict=True):
                scatter, mask, mean, held = one
                fit = _Fit(self.X, scatter, mask, mean, unit, own.targets)
                errors += fit.errors(alphas, held)
            yield errors

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
        scatter = scatter.div_(unit).div_(unit[:, None])
        self.energy, self.axes = torch.linalg.eigh(scatter)
        n_rows = mask.sum()
        self.middle = (targets * mask).sum(1) / n_rows
        about = (targets - self.middle[:, None]) * mask
        self.pull = self.axes.T @ (sum_of(X, about) / unit).T

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

    def _slopes(self, alphas: Tensor) -> Tensor:
        """Weights of the features, `[q, m, d]`."""
        shares = self.pull.T.unsqueeze(1) / (self.energy.clamp_min(0) + alphas[:, None])
        slopes: Tensor = (shares @ self.axes.T) / self.unit
        return slopes

    def _values(self, slopes: Tensor, rows: Tensor) -> Tensor:
        flat = slopes.flatten(0, 1) @ (rows - self.mean).T
        return flat.view(*slopes.shape[:2], -1) + self.middle[:, None, None]
