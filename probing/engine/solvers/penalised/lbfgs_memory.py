"""The memory of many L-BFGS runs side by side."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

Precondition = Callable[[Tensor], Tensor]


def dot(a: Tensor, b: Tensor) -> Tensor:
    """The inner product of each problem, `[b]`, of tensors `[b, k, m]`."""
    products: Tensor = torch.linalg.vecdot(a.flatten(1), b.flatten(1))
    return products


class Memory:
    """The last steps and gradient changes of each of b problems.

    Two-loop recursion: Nocedal and Wright, Numerical Optimization, algorithm 7.4, around a
    preconditioner in place of the scaled identity.
    """

    def __init__(self, size: int = 5) -> None:
        self.size = size
        self._pairs: list[tuple[Tensor, Tensor, Tensor]] = []

    @property
    def steps(self) -> list[Tensor]:
        """Those that are remembered, the last one last, each `[b, k m]`."""
        return [step for step, _, _ in self._pairs]

    @property
    def changes(self) -> list[Tensor]:
        """What each of them changed of the gradient."""
        return [change for _, change, _ in self._pairs]

    def push(self, step: Tensor, change: Tensor) -> None:
        """Remember a step; one without positive curvature counts for nothing."""
        step, change = step.flatten(1), change.flatten(1)
        curvature = torch.linalg.vecdot(step, change)
        usable = curvature > 1e-14 * torch.linalg.vecdot(step, step)
        inverse = torch.where(usable, 1 / torch.where(usable, curvature, 1.0), 0.0)
        self._pairs.append((step, change, inverse))
        del self._pairs[: -self.size]

    def keep(self, rows: Tensor) -> None:
        """Forget the problems that are not in `rows`."""
        self._pairs = [(s[rows], y[rows], r[rows]) for s, y, r in self._pairs]

    def direction(self, gradient: Tensor, precondition: Precondition) -> Tensor:
        """The quasi-Newton descent direction, `[b, k, m]`."""
        q, parts = -gradient.flatten(1), []
        for step, change, inverse in reversed(self._pairs):
            part = (torch.linalg.vecdot(step, q) * inverse).unsqueeze(1)
            parts.append(part)
            q.addcmul_(change, part, value=-1)
        q = precondition(q.view(gradient.shape)).flatten(1)
        if self._pairs:
            q.mul_(self._rescale(precondition, gradient.shape).unsqueeze(1))
        for (step, change, inverse), part in zip(self._pairs, reversed(parts), strict=True):
            q.addcmul_(step, part - (torch.linalg.vecdot(change, q) * inverse).unsqueeze(1))
        return q.view(gradient.shape)

    def _rescale(self, precondition: Precondition, shape: torch.Size) -> Tensor:
        """How far the preconditioner misjudges the curvature along the last step."""
        _, change, inverse = self._pairs[-1]
        turned = precondition(change.view(shape)).flatten(1)
        ratio = torch.linalg.vecdot(change, turned) * inverse
        return torch.where(ratio > 0, 1 / ratio, 1.0).clamp_(0.05, 20)
