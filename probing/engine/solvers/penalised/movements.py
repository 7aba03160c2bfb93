"""How far held-out losses have moved while gains fell, and so how far they may still move.

Weights are off by about the root of the gain that is left. What a loss moved, as a share of itself,
on the way from one gain to a far smaller one, over the difference of their roots, is its movement
per root: the largest of all strengths of a training set, ten times over, is taken for a bound of
what is left to move. That is an estimate from the same training part, and no theorem. (That of one
strength may be far too small: its solution may begin where all that is left to go is slow.)
Where inner folds may part their classes, some ways are bent by the penalty alone, and weights are
off by the root of the gain over it: what a stronger penalty has moved counts for a weaker one by
the root of their ratio.
Losses of inner folds are told apart, so that their moves do not cancel.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

_CAUTION = 10.0
_FAR = 16.0  # times as small as before must a gain be to tell
_LEAST = 1e-4  # of a loss: single precision tells no less


@dataclass(frozen=True)
class Losses:
    """What held-out rows add to a mean loss, `[g, n_inner]`, and the largest gain left, `[g]`."""

    held_out: Tensor
    gain: Tensor


class Movements:
    """Losses of inner folds `[g, m, n_inner]`, gains and most movements per root `[g, m]`.

    Of `strengths` C `[m]`; `may_part` says whether inner folds may part their classes.
    """

    def __init__(
        self, n_sets: int, strengths: Tensor, n_inner: int, may_part: bool, like: Tensor
    ) -> None:
        n_strengths = len(strengths)
        self.losses = like.new_full((n_sets, n_strengths, n_inner), torch.inf)
        self.gains = like.new_full((n_sets, n_strengths), torch.inf)
        self.per_root = like.new_zeros((n_sets, n_strengths))
        self.strengths, self.may_part = strengths.to(like.dtype), may_part

    def take(self, sets: Tensor, at: int, now: Losses, start: Losses | None) -> None:
        """What sets have reached with one strength, from its `start` or from where they were."""
        before = start or Losses(self.losses[sets, at], self.gains[sets, at])
        moved = (now.held_out - before.held_out).abs().sum(1)
        share = moved / now.held_out.sum(1)
        per_root = share / (before.gain.sqrt() - now.gain.sqrt())
        tells = (before.gain >= _FAR * now.gain) & before.gain.isfinite() & share.isfinite()
        told = per_root.where(tells, 0)
        self.per_root[sets, at] = torch.maximum(self.per_root[sets, at], told)
        self.losses[sets, at], self.gains[sets, at] = now.held_out, now.gain

    def _growth(self, at: int) -> Tensor:
        """What a movement of each strength is of one of the strength `at`, `[m]`."""
        ratio = self.strengths[at] / self.strengths
        return ratio.clamp_min(1).sqrt() if self.may_part else torch.ones_like(ratio)

    def left(self, sets: Tensor, at: int) -> Tensor:
        """The share of its loss by which each may still move, `[len(sets)]`."""
        return self.may_move(sets, at, self.gains[sets, at])

    def may_move(self, sets: Tensor, at: int, gain: Tensor) -> Tensor:
        """That share where so much gain is left, `[len(sets)]`."""
        per_root = (self.per_root[sets] * self._growth(at)).amax(1)
        share = _CAUTION * per_root * gain.sqrt()
        unknown = (per_root == 0) | ~share.isfinite()
        return share.masked_fill(unknown, torch.inf).clamp_min(_LEAST)
