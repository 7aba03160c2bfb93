"""Ridge regression of many training sets and strengths by preconditioned conjugate gradients.

In the principal coordinates of all rows the problem of a training set is nearly diagonal, so that
few steps solve it to the last digits: fewer than a decomposition of its own would cost. Hestenes
and Stiefel, Methods of conjugate gradients for solving linear systems, Journal of Research of the
National Bureau of Standards 49 (1952).
"""

from __future__ import annotations

import copy

import torch
from torch import Tensor

from probing.engine.solvers.rows.principal_basis import Basis, Penalty
from probing.engine.solvers.rows.scatter import padded_rows

_SOLVED = 1e-10  # the residual, relative to the right-hand side
_SINGLE = 1e-6  # what single precision can reach of it
_MOST_STEPS = 30
_CORRECTIONS = 5


def searched_predictions(
    basis: Basis, masks: Tensor, targets: Tensor, alphas: Tensor, wanted: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Predictions `[b, m, p, q]` of the `wanted` rows `[b, n]`; which are exact, `[b, m]`.

    Those are the ones that each set leaves out, unless they are given. `masks` are `[b, n]`,
    `targets` `[b, n, q]`, `alphas` `[b, m]`; the rows are those of `padded_rows`.
    """
    m, q = alphas.shape[1], targets.shape[2]
    system = _Normal(basis, masks, alphas.repeat_interleave(q, 1))
    mean = (targets * masks.unsqueeze(2)).sum(1, keepdim=True) / masks.sum(1)[:, None, None]
    about = ((targets - mean) * masks.unsqueeze(2)).mT
    pull = (about.flatten(0, 1) @ basis.Z).view(*about.shape[:2], -1)
    weights, solved = _refined(system, pull.repeat(1, m, 1))
    rows = system.outside if wanted is None else _gathered(basis.Z, wanted)
    values = rows @ weights.mT - (system.mean * weights).sum(2).unsqueeze(1)
    predictions = values.view(*values.shape[:2], m, q).movedim(2, 1) + mean.unsqueeze(1)
    return predictions, solved.view(-1, m, q).all(2)


class _Normal:
    """The normal equations of b training sets with strengths `[b, c]`, intercepts eliminated."""

    def __init__(self, basis: Basis, masks: Tensor, strengths: Tensor) -> None:
        self.penalty: Penalty = basis.penalty(masks)
        self.energy, self.strengths = basis.energy, strengths.unsqueeze(2)
        self.counts = masks.sum(1, dtype=basis.Z.dtype)[:, None, None]
        self.outside = _gathered(basis.Z, ~masks)
        self.subtracts = self.outside.shape[1] <= int(masks.sum(1).amax())
        # the coordinates of all rows have the mean 0
        self.mean = -self.outside.sum(1, keepdim=True) / self.counts
        self.rows = self.outside if self.subtracts else _gathered(basis.Z, masks)
        summed = ~masks if self.subtracts else masks
        own = (summed.to(basis.Z.dtype) @ basis.Z.square()).unsqueeze(1)
        own = basis.energy - own if self.subtracts else own
        own -= self.mean.square() * self.counts
        self.diagonal = own.clamp_min(0) + self.strengths

    def single(self) -> _Normal:
        """The same in single precision."""
        one = copy.copy(self)
        one.penalty = self.penalty.to(torch.float32)
        for name in ("energy", "strengths", "counts", "mean", "rows", "diagonal"):
            setattr(one, name, getattr(self, name).to(torch.float32))
        return one

    def columns(self, keep: Tensor) -> _Normal:
        """Those of some of the columns."""
        one = copy.copy(self)
        one.strengths, one.diagonal = self.strengths[:, keep], self.diagonal[:, keep]
        return one

    def times(self, weights: Tensor) -> Tensor:
        """The matrices applied to `weights` `[b, c, r]`."""
        subset = torch.arange(len(weights), device=weights.device)
        product = self.penalty.times(weights, subset).mul_(self.strengths)
        if self.subtracts:
            product.addcmul_(weights, self.energy)
        sign = -1 if self.subtracts else 1
        product.baddbmm_(weights @ self.rows.mT, self.rows, alpha=sign)
        along = (weights * self.mean).sum(2, keepdim=True)
        return product.addcmul_(along, self.mean * self.counts, value=-1)

    def size(self, residual: Tensor) -> Tensor:
        """The squared length of residuals `[b, c]`, as the preconditioner measures it."""
        return (residual.square() / self.diagonal).sum(2)


def _gathered(Z: Tensor, masks: Tensor) -> Tensor:
    at, there = padded_rows(masks)
    return Z[at] if bool(there.all()) else Z[at] * there.unsqueeze(2)


def _refined(system: _Normal, right: Tensor) -> tuple[Tensor, Tensor]:
    """Solutions `[b, c, r]`, and which of them are exact `[b, c]`.

    Corrections are searched in single precision for residuals in double, until one helps no more.
    """
    single, whole = system.single(), system.size(right)
    weights, residual = torch.zeros_like(right), right
    columns = torch.arange(right.shape[1], device=right.device)
    share = torch.ones_like(whole)
    for _ in range(_CORRECTIONS):
        scale = residual.abs().amax(2, keepdim=True).clamp_min(torch.finfo(right.dtype).tiny)
        step = _search(single.columns(columns), (residual / scale).to(torch.float32))
        weights[:, columns] += step.to(right.dtype) * scale
        residual = right[:, columns] - system.columns(columns).times(weights[:, columns])
        before = share[:, columns]
        share[:, columns] = system.columns(columns).size(residual) / whole[:, columns]
        now = share[:, columns]
        going = ((now > _SOLVED**2) & (now < 0.01 * before)).any(0)
        columns, residual = columns[going], residual[:, going]
        if not len(columns):
            break
    # of nothing the solution is nothing
    return weights, torch.where(whole == 0, 0, share) <= _SOLVED**2


def _search(system: _Normal, right: Tensor) -> Tensor:
    """Solutions `[b, c, r]` as near as single precision gets, in so many steps."""
    found = torch.zeros_like(right)
    columns = torch.arange(right.shape[1], device=right.device)
    weights, residual = torch.zeros_like(right), right.clone()
    direction = residual / system.diagonal
    size = (residual * direction).sum(2)
    goal = size * _SINGLE**2
    for _ in range(_MOST_STEPS):
        pressed = system.times(direction)
        bend = (direction * pressed).sum(2).clamp_min(torch.finfo(right.dtype).tiny)
        length = (size / bend).unsqueeze(2)
        weights.addcmul_(direction, length)
        residual.addcmul_(pressed, length, value=-1)
        turned = residual / system.diagonal
        before, size = size, (residual * turned).sum(2)
        direction = torch.addcmul(turned, direction, (size / before).nan_to_num(0)[..., None])
        keep = (size > goal).any(0)
        if int(keep.sum()) <= 0.8 * len(keep):
            found[:, columns] = weights
            columns, goal, size = columns[keep], goal[:, keep], size[:, keep]
            weights, residual, direction = (one[:, keep] for one in (weights, residual, direction))
            system = system.columns(keep)
        if not len(columns):
            break
    found[:, columns] = weights
    return found
