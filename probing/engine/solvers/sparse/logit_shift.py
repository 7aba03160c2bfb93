"""Choose the shift of softmax logits that the penalty likes best; the loss ignores it."""

from __future__ import annotations

import torch
from torch import Tensor


def least_shift(W: Tensor, threshold: Tensor, ridge: Tensor) -> Tensor:
    """Weights `[b, k, m]` less the shift of all k that makes their penalty least.

    Of an L1 penalty alone that is a median, which leaves one of the k at zero. With `ridge`,
    `[b, 1, m]` as `threshold`, it is the median of the weights and of k + 1 more numbers: Li and
    Osher, Inverse Problems and Imaging 3 (2009). Intercepts, which have neither, stay.
    """
    k = W.shape[1]
    bent = ridge > 0
    ratio = torch.where(bent, threshold / ridge.where(bent, 1), 0)
    steps = torch.arange(k, -k - 1, -2, device=W.device, dtype=W.dtype)[:, None] / k
    points = torch.cat([W, W.mean(1, keepdim=True) + ratio * steps], 1)
    shift = torch.where(bent, _median(points), _median(W))
    return torch.where(threshold > 0, W - shift, W)


def _median(W: Tensor) -> Tensor:
    return W.median(1, keepdim=True).values
