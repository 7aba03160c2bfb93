"""Newton's steps of many problems at once, over the weights that are not zero."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from probing.engine.solvers.penalised.losses import Loss
from probing.engine.solvers.rows.memory_budget import blocks
from probing.engine.solvers.sparse.problems import Descent, SparseDesign, SparseProblems, penalties

_ROUNDS = 16  # of solving again
_HARDEST = 0.5  # share of the hardest pull with which a zero may move at once
_FAR = 0.05  # share of a step, at the first change of sign, below which it is far beyond
_SMALL = 1e-2  # the largest weight, at least
_DAMPING = 1e-12  # share of the largest curvature, for directions along which nothing bends


@dataclass(frozen=True)
class _Support:
    """The m free weights of each problem: places among all `[b, m]`, and which are not padding.

    `signed` are those that are not intercepts.
    """

    places: Tensor
    real: Tensor
    signed: Tensor

    @classmethod
    def of(cls, free: Tensor) -> _Support:
        flat = free.flatten(1)
        counts = flat.sum(1)
        order = flat.to(torch.uint8).argsort(dim=1, descending=True, stable=True)
        m = int(counts.max())
        real = torch.arange(m, device=free.device) < counts[:, None]
        width = free.shape[2]
        return cls(order[:, :m], real, order[:, :m] % width != width - 1)

    def take(self, values: Tensor) -> Tensor:
        """The entries `[b, m]` of `[b, k, d + 1]`, zero for padding."""
        return values.flatten(1).gather(1, self.places) * self.real

    def put(self, entries: Tensor, out: Tensor) -> Tensor:
        """Zeros shaped as `out`, but for the entries."""
        flat = torch.zeros_like(out).flatten(1)
        return flat.scatter_(1, self.places, entries * self.real).view_as(out)


def newton_direction(
    design: SparseDesign,
    loss: Loss,
    problems: SparseProblems,
    logits: Tensor,
    W: Tensor,
    descent: Descent,
) -> Tensor:
    """Newton's step for the weights `[b, k, d + 1]` that are not zero, or do not rest there.

    A weight that would change its sign ends at zero, and the others are solved for again. The
    damping fades with the violation, and keeps steps of the weights' own size where nothing
    bends: a softmax is flat along shifts of all its logits.
    """
    steepest = descent.steepest
    free = (W != 0) | _entering(W, steepest)
    free[..., -1] = True
    most = int(free.flatten(1).sum(1).max())
    n, k = len(design.X), W.shape[1]
    direction = torch.zeros_like(W)
    bytes_each = (3 * most * (n + most) + 2 * k * n) * design.X.element_size()
    for part in blocks(len(W), bytes_each, W.device):
        support = _Support.of(free[part])
        own = problems.rows(torch.arange(part.start, part.stop, device=W.device))
        H = _curvature(design, loss, own, logits[part], support)
        longest = W[part].flatten(1).abs().amax(1).clamp_min(_SMALL)
        damping = own.l1 * descent.violation[part] / longest
        H.diagonal(dim1=1, dim2=2).add_(damping[:, None])
        step = _signed_step(H, support.take(W[part]), support.take(steepest[part]), support)
        direction[part] = support.put(step, direction[part])
    return direction


def _entering(W: Tensor, steepest: Tensor) -> Tensor:
    """The zeros that pull hardest; with all that pull, more than the rows tell apart may move."""
    pull = steepest.abs().masked_fill_(W != 0, 0)
    return (pull > 0) & (pull >= _HARDEST * pull.amax((1, 2), keepdim=True))


def _signed_step(H: Tensor, W: Tensor, slope: Tensor, support: _Support) -> Tensor:
    """The least of the quadratic model `[b, m]` that keeps the signs, or near it."""
    sign = torch.where(W == 0, -slope.sign(), W.sign())
    ends = ~support.real
    for _ in range(_ROUNDS):
        fixed = torch.where(ends, -W, 0.0)
        pull = torch.where(ends, W, slope + (H @ fixed.unsqueeze(2)).squeeze(2))
        rest = H.masked_fill(ends.unsqueeze(1) | ends.unsqueeze(2), 0)
        rest.diagonal(dim1=1, dim2=2).add_(ends.to(H.dtype))
        step = -_solved(rest, pull)
        turns = _first_turns(W, step, sign, support.signed & ~ends)
        if not bool(turns.any()):
            break
        ends = ends | turns
    return step


def _first_turns(W: Tensor, step: Tensor, sign: Tensor, may: Tensor) -> Tensor:
    """The weights that change their sign; of a step far beyond the first of them, that one."""
    turns = ((W + step) * sign < 0) & may
    reach = torch.where(turns, (W / step).abs(), torch.inf)
    first = reach.amin(1, keepdim=True)
    return turns & ((first > _FAR) | (reach <= first))


def _solved(H: Tensor, right: Tensor) -> Tensor:
    """`H⁻¹ right`, by the diagonal alone where rounding has left `H` without a factor."""
    factor, broken = torch.linalg.cholesky_ex(H)
    plain = torch.diag_embed(H.diagonal(dim1=1, dim2=2).sqrt())
    factor = torch.where((broken > 0)[:, None, None], plain, factor)
    return torch.cholesky_solve(right.unsqueeze(2), factor).squeeze(2)


def _curvature(
    design: SparseDesign, loss: Loss, problems: SparseProblems, logits: Tensor, support: _Support
) -> Tensor:
    """The second derivatives by the free weights, `[b, m, m]`; those of padding are the identity.

    For several logits they are those of a softmax with the probabilities p, `p(1 - p)` for one
    logit and `-pp'` across.
    """
    width = design.X.shape[1]
    column, logit = support.places % width, support.places // width
    X = design.X.T[column].mul_(support.real.unsqueeze(2))
    weights = problems.weights.unsqueeze(1)
    response = loss.response(logits, problems.targets)
    if logits.shape[1] == 1:
        H = (X * (loss.diagonal(response, problems.targets) * weights)) @ X.transpose(1, 2)
    else:
        bent = X * response.gather(1, logit.unsqueeze(2).expand_as(X))
        H = (bent * weights) @ X.transpose(1, 2)
        H.mul_(logit.unsqueeze(1) == logit.unsqueeze(2))
        H.baddbmm_(bent * weights, bent.transpose(1, 2), alpha=-1)
    _, ridge = penalties(design, problems)
    own = ridge.squeeze(1).gather(1, column)
    diagonal = H.diagonal(dim1=1, dim2=2)
    damping = _DAMPING * diagonal.amax(1, keepdim=True).clamp_min(_DAMPING)
    diagonal.add_(torch.where(support.real, own + damping, 1.0))
    return H
