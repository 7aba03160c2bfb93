"""How far the loss of held-out rows may lie from that of exact weights, where the penalty tells."""

from __future__ import annotations

import torch
from torch import Tensor

from probing.engine.solvers.penalised.lbfgs import Search
from probing.engine.solvers.penalised.linear_models import Problems
from probing.engine.solvers.penalised.losses import Loss
from probing.engine.solvers.rows.design import Design

# sums and logits of a precision are trusted to this share of the loss
_ROUNDING = {torch.float32: 1e-5, torch.float64: 1e-9}
_CAUTION = 2.0


def reach_of(
    design: Design, loss: Loss, problems: Problems, weights: Tensor, held_out: Tensor
) -> Tensor:
    """By how much the summed loss of the rows in `held_out` `[b, n]` may change, `[b]`.

    The objective bends at least as its penalty does, so the exact weights are no further away
    than the gradient over that; the slope of the held-out loss makes a change of loss of it, and
    the curvature, taken to be that of the training rows, the rest. Weak penalties tell nothing.
    """
    own = problems.to(design.dtype)
    search = Search(design, loss, own, weights.to(design.dtype))
    residual = loss.residual(loss.response(search.logits, own.targets), own.targets)
    slope = design.pull(residual.mul_(held_out.unsqueeze(1)))
    least = own.l2 * design.penalty.least(own.subset)
    away = _length(search.gradient[..., :-1]) / least
    bend = search.curvature.amax((1, 2)) * held_out.sum(1)
    levels = slope[..., -1] * search.gradient[..., -1] / search.curvature[..., -1]
    moved = _length(slope[..., :-1]) * away + bend * away.square() / 2 + levels.abs().sum(1)
    whole = (loss.value(search.logits, own.targets) * held_out).sum(1)
    reach: Tensor = _CAUTION * moved + _ROUNDING[design.dtype] * whole
    return reach.to(torch.float64)


def _length(vectors: Tensor) -> Tensor:
    length: Tensor = torch.linalg.vector_norm(vectors, dim=(1, 2))
    return length
