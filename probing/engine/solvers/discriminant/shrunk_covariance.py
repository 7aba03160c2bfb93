"""Pooled covariances of many training sets, shrunk class by class or not at all.

Of more features than rows a covariance is never formed: it is kept as rows and a diagonal.
Ledoit and Wolf's rule is that of `ledoit_wolf`; a fixed share of a covariance gives way to
its mean variance.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor

from probing.engine.solvers.discriminant.class_means import ClassMoments
from probing.engine.solvers.discriminant.ledoit_wolf import Classes, shrinkage_of, spread_of
from probing.engine.solvers.rows.gram import gram, square_sum
from probing.engine.solvers.rows.lazy_attributes import lazy
from probing.engine.solvers.rows.scatter import Scatters, about_means, scatter_about
from probing.engine.solvers.rows.streamed_rows import Rows

Shrinkage = Literal["ledoit_wolf"] | float | None
ScatterOf = Callable[[Tensor, Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Pooled:
    """Covariances of b sets: `matrices` `[b, d, d]`, lower, and what they are made of.

    A row of class c counts `shares` `[b, k]` times in them, and `ridge` `[b, d]` is added to
    their diagonals. `sound` `[b]` tells where no sum lost its digits.
    """

    matrices: Tensor
    shares: Tensor
    ridge: Tensor
    sound: Tensor


class PooledCovariances:
    """The covariances within the classes of training sets, given their moments.

    `scatters` are those of all sets: by Ledoit and Wolf's rule one for each class, else one.
    """

    def __init__(
        self, X: Rows, moments: ClassMoments, scatters: list[Scatters], shrinkage: Shrinkage
    ) -> None:
        self.X, self.moments, self._scatters = X, moments, scatters
        self.by_rule = shrinkage == "ledoit_wolf"
        self.fixed = 0.0 if isinstance(shrinkage, str) else float(shrinkage or 0)
        n_classes = moments.counts.shape[1]
        each = [slice(c, c + 1) for c in range(n_classes)]
        self._parts = each if self.by_rule else [slice(0, n_classes)]

    @property
    def shrinks(self) -> bool:
        """Whether anything is added to the diagonal."""
        return self.by_rule or self.fixed > 0

    @lazy
    def _spreads(self) -> Tensor:
        moments = self.moments
        every = Classes(
            masks=moments.masks.flatten(0, 1),
            means=moments.means.flatten(0, 1),
            variances=moments.variances.flatten(0, 1),
            deviations=moments.deviations.flatten(0, 1),
        )
        return spread_of(self.X, every).view(moments.counts.shape)

    def matrices(self, sets: Tensor) -> Tensor:
        """The covariances of some sets, `[b, d, d]`."""
        return self._pooled(sets, [scatters.of for scatters in self._scatters]).matrices

    def in_single(self, sets: Tensor) -> Pooled:
        """Those of some sets from sums in single precision."""
        sound = torch.ones(len(sets), dtype=torch.bool, device=sets.device)

        def scatter_of(scatters: Scatters) -> ScatterOf:
            def of(masks: Tensor, means: Tensor, variances: Tensor) -> Tensor:
                found, cancelled = scatters.single.differences(masks, means, variances)
                sound.logical_and_(~cancelled)
                return found

            return of

        pooled = self._pooled(sets, [scatter_of(scatters) for scatters in self._scatters])
        return replace(pooled, sound=sound)

    def matrix_of_rows(self, at: int) -> Tensor:
        """The covariance of one set `[d, d]`, from its own rows whatever that costs."""

        def scatter(masks: Tensor, means: Tensor, variances: Tensor) -> Tensor:
            return scatter_about(self.X, masks[0], means[0])[None]

        sets = torch.tensor([at], device=self.X.device)
        return self._pooled(sets, [scatter] * len(self._parts)).matrices[0]

    def _pooled(self, sets: Tensor, scatter_of: list[ScatterOf]) -> Pooled:
        n_rows = self.moments.counts[sets].sum(1)
        pooled: Tensor | None = None
        ridge = torch.zeros_like(self.moments.origin[sets])
        shares = torch.zeros_like(self.moments.counts[sets])
        for part, of in zip(self._parts, scatter_of, strict=True):
            masks, means, variances = (
                field[sets, part]
                for field in (self.moments.masks, self.moments.means, self.moments.variances)
            )
            scatter = of(masks, means, variances)
            amount = self._amount(sets, part, scatter)
            ridge += self._ridge(sets, part, amount)
            shares[:, part] = ((1 - amount) / n_rows).unsqueeze(1)
            share = shares[:, part.start, None, None].to(scatter.dtype)
            pooled = scatter.mul_(share) if pooled is None else pooled.addcmul_(scatter, share)
        assert pooled is not None
        pooled.diagonal(dim1=1, dim2=2).add_(ridge)
        return Pooled(pooled, shares, ridge, torch.ones_like(sets, dtype=torch.bool))

    def _amount(self, sets: Tensor, part: slice, scatter: Tensor) -> Tensor:
        if not self.by_rule:
            return torch.full_like(self.moments.origin[sets, 0], self.fixed)
        classes = self._classes(sets, part.start)
        weights = classes.deviations.square().reciprocal()
        dependence = square_sum(scatter, weights.to(scatter.dtype)).to(weights.dtype)
        dependence /= classes.counts.square()
        return shrinkage_of(classes, dependence, self._spreads[sets, part.start])

    def _classes(self, sets: Tensor, c: int) -> Classes:
        moments = self.moments
        return Classes(
            masks=moments.masks[sets, c],
            means=moments.means[sets, c],
            variances=moments.variances[sets, c],
            deviations=moments.deviations[sets, c],
        )

    def _ridge(self, sets: Tensor, part: slice, amount: Tensor) -> Tensor:
        """What shrinkage adds to the diagonal, `[b, d]`."""
        variances = self.moments.variances[sets, part]
        if self.by_rule:
            units = self.moments.deviations[sets, part].square()
        else:
            units = self.moments.unit[sets].square().unsqueeze(1)
        level = (variances / units).mean(2, keepdim=True)
        share = (self.moments.shares[sets, part] * amount[:, None]).unsqueeze(2)
        return (share * level * units).sum(1)

    def rows_and_ridge(self, at: int) -> tuple[Tensor, Tensor]:
        """R `[n_train, d]` and r `[d]` so that the covariance of a set is `R'R + diag(r)`."""
        sets = torch.tensor([at], device=self.X.device)
        n_rows = self.moments.counts[at].sum()
        rows, ridge = [], torch.zeros_like(self.moments.origin[sets])
        for part in self._parts:
            masks, means = self.moments.masks[at, part], self.moments.means[at, part]
            own = about_means(self.X, masks, means)
            amount = self._amount_of_rows(sets, part, own)
            ridge += self._ridge(sets, part, amount)
            rows.append(own.mul_(((1 - amount) / n_rows).sqrt()))
        return torch.cat(rows), ridge[0]

    def _amount_of_rows(self, sets: Tensor, part: slice, rows: Tensor) -> Tensor:
        if not self.by_rule:
            return self.moments.origin.new_full((1,), self.fixed)
        classes = self._classes(sets, part.start)
        kernel = gram((rows / classes.deviations).T)
        ones = torch.ones_like(rows[None, :, 0])
        dependence = square_sum(kernel[None], ones) / len(rows) ** 2
        spread = kernel.diagonal().square().mean()
        return shrinkage_of(classes, dependence, spread)
