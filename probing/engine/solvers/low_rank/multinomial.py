"""Multinomial logistic regression through r directions.

Minimises `C Σ log loss + |W|²/2` over `W = U V'` of rank r with free intercepts. What lies between
two such weights is of a higher rank, so that a local minimum is all that is promised; with as many
directions as classes less one it is logistic regression itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

_MOST_STEPS = 500
_NEAR = (
    1e-7  # of the gradient of the mean loss: as scikit-learn's `tol`, and well below its default
)


@dataclass(frozen=True)
class LowRankFit:
    """Directions `[d, r]`, what each class makes of them `[k, r]`, and intercepts `[k]`.

    `gradient` is the largest entry of the gradient of the mean loss.
    """

    directions: Tensor
    classes: Tensor
    intercepts: Tensor
    gradient: float

    @property
    def converged(self) -> bool:
        """Whether it is a minimum to six digits."""
        return self.gradient <= 10 * _NEAR

    def logits(self, X: Tensor) -> Tensor:
        """Those of rows `[n, d]`, `[n, k]`."""
        return X @ self.directions @ self.classes.T + self.intercepts


def fit_low_rank(X: Tensor, y: Tensor, C: float, start: tuple[Tensor, Tensor]) -> LowRankFit:
    """Fit rows `[n, d]` of classes `[n]` from directions `[d, r]` and classes `[k, r]`."""
    U, V = (part.clone(memory_format=torch.contiguous_format).requires_grad_() for part in start)
    counts = torch.bincount(y, minlength=len(V)).to(X)
    c = (counts / len(y)).log().requires_grad_()
    parts = [U, V, c]
    optimizer = torch.optim.LBFGS(
        parts,
        max_iter=_MOST_STEPS,
        history_size=20,
        tolerance_grad=_NEAR,
        tolerance_change=1e-15,
        line_search_fn="strong_wolfe",
    )

    def mean_loss() -> Tensor:
        optimizer.zero_grad()
        loss = objective(X, y, U, V, c, C) / (C * len(y))
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimizer.step(mean_loss)  # type: ignore[no-untyped-call]
    mean_loss()
    gradient = max(float(part.grad.abs().max()) for part in parts if part.grad is not None)
    return LowRankFit(U.detach(), V.detach(), c.detach(), gradient)


def objective(X: Tensor, y: Tensor, U: Tensor, V: Tensor, c: Tensor, C: float) -> Tensor:
    """`C Σ log loss + |U V'|²/2`."""
    loss = functional.cross_entropy((X @ U) @ V.T + c, y, reduction="sum")
    return C * loss + ((U.T @ U) * (V.T @ V)).sum() / 2
