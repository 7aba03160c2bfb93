"""Contrast-consistent search: a direction along which the two halves of a pair disagree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Search:
    """Epochs and restarts of AdamW, on all pairs at once, and how far a step goes."""

    n_epochs: int
    n_restarts: int
    learning_rate: float
    weight_decay: float


def ccs_loss(first: Tensor, second: Tensor) -> Tensor:
    """The mean over pairs of `(p - (1 - q))² + min(p, q)²`, of probabilities `[..., n_pairs]`.

    Burns, Ye, Klein and Steinhardt 2022, "Discovering latent knowledge in language models without
    supervision", equations 1 and 2.
    """
    consistency = (first - (1 - second)).square()
    confidence = torch.minimum(first, second).square()
    return (consistency + confidence).mean(-1)


def searched(
    first: Tensor, second: Tensor, search: Search, generator: torch.Generator
) -> tuple[Tensor, Tensor, float]:
    """The weights `[d]`, the offset and the loss of the best restart on halves `[n_pairs, d]`.

    Restarts begin at random directions of length one and no offset, and run side by side.
    """
    (n_pairs, d), n = first.shape, search.n_restarts
    drawn = torch.randn(n, d, generator=generator, dtype=torch.float64).to(first)
    weights, offsets = drawn / drawn.norm(dim=1, keepdim=True), first.new_zeros(n, 1)
    decay = search.weight_decay
    optimizer = torch.optim.AdamW(
        [weights, offsets], lr=search.learning_rate, weight_decay=decay, fused=True
    )
    rows = torch.cat([first, second])
    for _ in range(search.n_epochs):
        shares = torch.addmm(offsets, weights, rows.T).sigmoid_()
        slopes = logit_slopes(shares[:, :n_pairs], shares[:, n_pairs:])
        weights.grad, offsets.grad = slopes @ rows, slopes.sum(1, keepdim=True)
        optimizer.step()
    shares = torch.addmm(offsets, weights, rows.T).sigmoid_()
    losses = ccs_loss(shares[:, :n_pairs], shares[:, n_pairs:])
    best = int(losses.argmin())
    return weights[best].double(), offsets[best, 0].double(), float(losses[best])


def logit_slopes(first: Tensor, second: Tensor) -> Tensor:
    """The gradient of `ccs_loss` in the logits of both halves, one beside the other."""
    both = first + second - 1
    least, leads = torch.minimum(first, second), (first < second).to(first)
    leads += 0.5 * (first == second)
    slopes = torch.cat([both + least * leads, both + least * (1 - leads)], -1)
    shares = torch.cat([first, second], -1)
    return slopes.mul_(shares * (1 - shares)).mul_(2 / first.shape[-1])


def pair_log_odds(first: Tensor, second: Tensor) -> Tensor:
    """The log odds of `(p + 1 - q) / 2` of logits `[n_pairs]` of both halves."""
    log_of = torch.nn.functional.logsigmoid
    for_it = torch.logaddexp(log_of(first), log_of(-second))
    against = torch.logaddexp(log_of(-first), log_of(second))
    return for_it - against


@dataclass(frozen=True)
class HalfScales:
    """The means and deviations `[2, d]` of the halves of training pairs."""

    means: Tensor
    deviations: Tensor

    @classmethod
    def of(cls, halves: Sequence[Tensor], *, scaled: bool) -> HalfScales:
        """Those of halves `[n_pairs, d]`; deviations of 1 where features are not scaled."""
        means = torch.stack([half.mean(0) for half in halves])
        if not scaled:
            return cls(means, torch.ones_like(means))
        spread = torch.stack([half.std(0, correction=0) for half in halves])
        least = 10 * torch.finfo(spread.dtype).eps * means.abs()
        return cls(means, torch.where(spread > least, spread, 1.0))

    def of_half(self, at: int, rows: Tensor) -> Tensor:
        """Rows `[n, d]` of one half, normalised by its training rows."""
        return (rows - self.means[at]) / self.deviations[at]


def top_component(differences: Tensor) -> tuple[Tensor, float]:
    """The first principal axis `[d]` of `[n_pairs, d]`, and its share of the variance.

    The differences are centred already, and the smaller Gram matrix is decomposed.
    """
    n, d = differences.shape
    if d <= n:
        values, axes = torch.linalg.eigh(differences.T @ differences)
        axis = axes[:, -1]
    else:
        values, left = torch.linalg.eigh(differences @ differences.T)
        axis = differences.T @ left[:, -1]
    total = float(values.clamp_min(0).sum())
    return axis / axis.norm().clamp_min(1e-300), float(values[-1]) / total if total else 0.0
