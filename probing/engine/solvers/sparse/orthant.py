"""Steps that keep the signs of all weights, along which an L1 penalty is linear.

Andrew and Gao, "Scalable training of L1-regularized log-linear models", ICML 2007. Weights that
are zero are aligned with the steepest descent, as there; the others only where without it the
step would not descend.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from probing.engine.solvers.penalised.lbfgs_memory import dot

_LEAST_COSINE = 1e-3


@dataclass(frozen=True)
class OrthantStep:
    """A step `[b, k, m]` of length 1, how far it may be stretched, and the L1 norm's slope on it.

    `longest` `[b]` is where the first weight reaches zero. The intercepts, the last of the m, have
    no sign to keep.
    """

    step: Tensor
    longest: Tensor
    l1_slope: Tensor
    slope: Tensor
    _crossing: Tensor

    def taken(self, W: Tensor, t: Tensor) -> Tensor:
        """The weights after the share `t` `[b]`; those that have reached zero are exactly that."""
        share = t[:, None, None]
        return torch.where(self._crossing <= share, 0.0, torch.addcmul(W, self.step, share))


def orthant_step(
    W: Tensor, direction: Tensor, steepest: Tensor, threshold: Tensor, truncate: Tensor
) -> OrthantStep:
    """The part of a quasi-Newton `direction` that keeps the signs of `W`.

    A zero takes the sign that makes it descend; one that would not descend rests. Other weights
    that would change their sign end at zero; or, where `truncate` `[b]`, the whole step ends
    where the first of them is zero, which leaves the direction as good as it was.
    """
    resting = W == 0
    resting[..., -1] = False
    uphill = direction * steepest > 0
    sign = torch.where(resting, -steepest.sign(), W.sign())
    whole = direction.masked_fill(resting & (uphill | (steepest == 0)), 0)
    step = torch.where(truncate[:, None, None], whole, _inside(W, whole, sign))
    slope = dot(step, steepest)
    poor = slope > -_LEAST_COSINE * dot(step.abs(), steepest.abs())
    if bool(poor.any()):
        aligned = _inside(W, direction.masked_fill(uphill, 0), sign)
        step = torch.where(poor[:, None, None], aligned, step)
        slope = dot(step, steepest)
    crossing = torch.where(step * W < 0, -W / step, torch.inf)
    crossing[..., -1] = torch.inf
    longest = crossing.flatten(1).amin(1)
    return OrthantStep(step, longest, dot(threshold * sign, step), slope, crossing)


def _inside(W: Tensor, direction: Tensor, sign: Tensor) -> Tensor:
    """The step to the nearest point that keeps the signs; a weight of no sign stays zero."""
    keeps = (W + direction) * sign > 0
    keeps[..., -1] = True
    return torch.where(keeps, direction, -W)
