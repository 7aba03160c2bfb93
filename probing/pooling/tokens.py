"""From the tokens of a text to one vector, or to a few: the first of a pooler's two stages."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from probing.pooling.reduction import reduced
from probing.token_stage import TokenStage


class TokenPool(TokenStage):
    """The token stage of a pooler, at work on activations."""

    def select(self, mask: torch.Tensor, specials: torch.Tensor) -> Selection:
        """The tokens that count, given the masks of real and special tokens, `[batch, seq]`.

        Special tokens are dropped first, then the first `skip_first` of what is left. A text of
        which nothing is left is pooled over its last real token, and counted in `fallback`.
        """
        real = mask.bool()
        kept = real & ~specials.bool() if self.specials == "drop" else real
        if self.skip_first:
            kept = kept & (kept.cumsum(1) > self.skip_first)
        fallback = ~kept.any(1)
        kept = torch.where(fallback[:, None], _last(real), kept)
        return Selection(kept, self._positions(kept), fallback)

    def _positions(self, kept: torch.Tensor) -> torch.Tensor:
        """Where the quantiles lie, `[batch, n_quantiles]`."""
        count = kept.sum(1, keepdim=True)
        shares = torch.tensor(self.quantiles, dtype=torch.float64, device=kept.device)
        ranks = torch.floor(shares * (count - 1) + 0.5).long()
        at_rank = kept[:, None] & (kept.cumsum(1)[:, None] == ranks[:, :, None] + 1)
        return at_rank.int().argmax(2)

    def __call__(self, hidden: torch.Tensor, selection: Selection) -> torch.Tensor:
        """Pool `hidden`, `[batch, seq, width]`, to float32 `[batch, n_samples, features]`."""
        if self.pool == "token":
            at = selection.positions[:, :, None].expand(-1, -1, hidden.shape[-1])
            return reduced(hidden.gather(1, at).float().transpose(0, 1)[:, :, None], self.method)
        kept, values = selection.kept[:, :, None], hidden.float()
        if self.pool == "mean":
            total = values.masked_fill(~kept, 0).sum(1, keepdim=True)
            return total / kept.sum(1, keepdim=True)
        if self.pool == "max":
            return values.masked_fill(~kept, -torch.inf).amax(1, keepdim=True)
        return values.masked_fill(~kept, torch.inf).amin(1, keepdim=True)


@dataclass(frozen=True)
class Selection:
    """The tokens that count in a batch.

    `kept` is `[batch, seq]`, `positions` `[batch, n_quantiles]`, `fallback` `[batch]`: the texts
    of which no token was left, so that their last real token stands for them.
    """

    kept: torch.Tensor
    positions: torch.Tensor
    fallback: torch.Tensor


def _last(real: torch.Tensor) -> torch.Tensor:
    return real & (real.cumsum(1) == real.sum(1, keepdim=True))
