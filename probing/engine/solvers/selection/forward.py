"""Forward selection: one feature after another, each the one that explains most of what is left."""

from __future__ import annotations

import torch
from torch import Tensor

_SPENT = 1e-10  # of its variance: a feature that those before it determine
_GRAM = 16  # columns to a feature wanted, up to which all products are computed at once


def class_columns(targets: Tensor, n_classes: int) -> Tensor:
    """Centred indicators of the classes `[n, c]`, each in units that weigh classes alike."""
    wanted = torch.arange(1 if n_classes == 2 else 0, n_classes, device=targets.device)
    columns = (targets[:, None] == wanted).to(torch.float64)
    shares = columns.mean(0)
    return (columns - shares) / shares.sqrt().clamp_min(1e-12)


def forward_selection(A: Tensor, Y: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """The `k` columns of centred `A` `[n, d]`, in order, and the gain of each, `[k]`.

    The gain is by how much a least squares fit of `Y` `[n, c]` on the columns so far gets better
    with one more: orthogonal least squares (Chen, Billings and Luo 1989).
    """
    n, d = A.shape
    gram = A.T @ A if d < _GRAM * k else None
    pull, own = A.T @ Y, A.square().sum(0)
    left, spent = own.clone(), own * _SPENT
    factors = A.new_zeros(d, k)
    chosen = torch.zeros(d, dtype=torch.bool, device=A.device)
    order, gains = [], []
    for at in range(k):
        free = ~chosen & (left > spent)
        gain = torch.where(free, pull.square().sum(1) / left.clamp_min(1e-300), -1.0)
        best = int(torch.where(chosen, -2.0, gain).argmax())
        order.append(best)
        gains.append(max(0.0, float(gain[best])) / n)
        chosen[best] = True
        if not bool(free[best]):
            continue  # nothing is left to explain it by
        column = A.T @ A[:, best] if gram is None else gram[:, best]
        column = column - factors[:, :at] @ factors[best, :at]
        factors[:, at] = column / left[best].sqrt()
        pull = pull - torch.outer(factors[:, at], pull[best] / left[best].sqrt())
        left = left - factors[:, at].square()
    return torch.tensor(order), torch.tensor(gains, dtype=torch.float64)
