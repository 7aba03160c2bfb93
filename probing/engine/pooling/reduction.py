"""Combine several vectors of a text into one, or into samples of their own."""

from __future__ import annotations

import torch


def reduced(parts: torch.Tensor, method: str) -> torch.Tensor:
    """Reduce `parts`, `[n_parts, batch, n_samples, width]`, to `[batch, n_samples, features]`.

    `extend` lays the parts side by side (features = n_parts × width), `concat` makes each a
    sample of its own (n_parts × n_samples, part by part), the others reduce over the parts.
    """
    n_parts, batch, n_samples, width = parts.shape
    if method == "extend":
        return parts.permute(1, 2, 0, 3).reshape(batch, n_samples, n_parts * width)
    if method == "concat":
        return parts.transpose(0, 1).reshape(batch, n_parts * n_samples, width)
    if method == "mean":
        return parts.mean(0)
    return parts.amax(0) if method == "max" else parts.amin(0)
