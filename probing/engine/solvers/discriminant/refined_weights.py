"""The weights of linear discriminants by factors in single precision, refined in double.

Sums and factors of covariances take half as long in single precision. What their solutions leave
is computed from the rows in double, and solved for again, until nothing is left: Wilkinson's
iterative refinement, Rounding Errors in Algebraic Processes (1963). No matrix in double is formed.
"""

from __future__ import annotations

import torch
from torch import Tensor

from probing.engine.solvers.discriminant.class_means import ClassMoments, projections
from probing.engine.solvers.discriminant.shrunk_covariance import Pooled, PooledCovariances
from probing.engine.solvers.rows.cholesky import cholesky, solve_with
from probing.engine.solvers.rows.scaling import sum_of
from probing.engine.solvers.rows.streamed_rows import Rows

# the error before a last step, relative to the solution, as the covariance measures both: the
# step leaves a thousandth of it or less
_SOLVED = 1e-9
_GAINS = 0.1  # what a round leaves at most of the error before it
_MOST_ROUNDS = 8
_USUAL_ROUNDS = 4
_FEWEST_COLUMNS = 256  # below, single precision saves next to nothing
_SETS = 64  # that are refined together


def refining_pays(X: Rows, moments: ClassMoments) -> bool:
    """Whether refining takes less arithmetic than single precision saves."""
    (n, d), (g, k) = X.shape, moments.counts.shape
    left_out = n - float(moments.counts.sum()) / g
    saved = (left_out * d**2 + d**3 / 3) / 2
    refining = _USUAL_ROUNDS * 4 * n * d * (k - 1)
    return X.device.type == "cpu" and d >= _FEWEST_COLUMNS and refining < saved


def refined_weights(covariances: PooledCovariances, sets: Tensor) -> tuple[Tensor, Tensor]:
    """The inverse covariances of some sets applied to their class means, `[b, k, d]`.

    Also gives which of them are solved, `[b]`: of the others nothing holds.
    """
    about = covariances.moments.about[sets]
    weights, solved = torch.empty_like(about), torch.zeros_like(sets, dtype=torch.bool)
    for begin in range(0, len(sets), _SETS):
        part = slice(begin, begin + _SETS)
        systems = _Systems(covariances, sets[part])
        # shares balance the class means: one follows from the others
        weights[part, 1:], solved[part] = systems.solve(about[part, 1:])
        shares = covariances.moments.shares[sets[part]].unsqueeze(2)
        others = (weights[part, 1:] * shares[:, 1:]).sum(1)
        weights[part, 0] = -others / shares[:, 0]
    return weights, solved


class _Systems:
    """The covariances of some training sets, as the rows have them and as factors."""

    def __init__(self, covariances: PooledCovariances, sets: Tensor) -> None:
        moments = covariances.moments
        # one at a time: what fits the processor's cache takes less time
        each = [_factored(covariances, sets[at : at + 1]) for at in range(len(sets))]
        self.factors = [factor for factor, _, _ in each]
        pooled = [one for _, one, _ in each]
        self.sound = torch.cat([sound for _, _, sound in each])
        self.ridge = torch.cat([one.ridge for one in pooled]).unsqueeze(1)
        shares = torch.cat([one.shares for one in pooled])
        masks = moments.masks[sets]
        self.X, self.means = covariances.X, moments.means[sets]
        self.own_class = masks.to(torch.uint8).argmax(1)
        self.shares = shares.gather(1, self.own_class) * masks.any(1)

    def times(self, weights: Tensor) -> Tensor:
        """The covariances applied to weights `[b, q, d]`."""
        values = projections(self.X, weights, torch.zeros_like(weights[:, :1]))
        middles = weights @ self.means.mT
        own = self.own_class.unsqueeze(1).expand(values.shape)
        values -= middles.gather(2, own)
        values *= self.shares.unsqueeze(1)
        product = sum_of(self.X, values.flatten(0, 1)).view(weights.shape)
        return product.addcmul_(weights, self.ridge)

    def inverse(self, right: Tensor) -> Tensor:
        """About the inverse applied to `[b, q, d]`, each in units of its largest number."""
        scale = right.abs().amax(2, keepdim=True).clamp_min(torch.finfo(right.dtype).tiny)
        unit = (right / scale).to(torch.float32).mT
        solved = [solve_with(factor, one) for factor, one in zip(self.factors, unit, strict=True)]
        return torch.stack(solved).mT.to(right.dtype) * scale

    def solve(self, right: Tensor) -> tuple[Tensor, Tensor]:
        """Solutions `[b, q, d]` of the systems, and which of them are as good as exact, `[b]`."""
        found, left = torch.zeros_like(right), right
        whole = before = torch.full_like(right[..., 0], torch.inf)
        for _ in range(_MOST_ROUNDS):
            step = self.inverse(left)
            error = (left * step).sum(2).abs()
            found += step
            whole = torch.where(whole.isinf(), error, whole)
            solved = error <= _SOLVED**2 * whole
            # a step that did not bring a system far will not do so again
            if bool((solved | ~(error <= _GAINS**2 * before)).all()):
                break
            left, before = right - self.times(found), error
        return found, solved.all(1) & self.sound


def _factored(covariances: PooledCovariances, one: Tensor) -> tuple[Tensor, Pooled, Tensor]:
    """The factor `[d, d]` of the covariance of one set, what that is made of, if it is sound."""
    pooled = covariances.in_single(one)
    factors, failed = cholesky(pooled.matrices)
    return factors[0], pooled, pooled.sound & ~failed
