"""Attention over tokens, and aggregates of the scores of tokens."""

from __future__ import annotations

import torch
from torch import Tensor

from probing.engine.classifiers.builtin.families.strength_grids import check_counts, check_positive
from probing.engine.classifiers.builtin.tokens.token_probe import TokenProbe
from probing.engine.solvers.networks import token_aggregates as aggregates
from probing.engine.solvers.networks.token_aggregates import Aggregate, PaddedTexts
from probing.engine.solvers.networks.token_training import (
    State,
)
from probing.errors import SpecError


class AttentionProbe(TokenProbe):
    """Each head finds by a softmax over the tokens where to look, and reads a value there.

    Shabalin and Belrose 2025, "Attention probes", https://blog.eleuther.ai/attention-probes: the
    logit of a token is linear in it, and in its place by a weight that each head learns.
    """

    share = 2.0

    def __init__(
        self,
        heads: int = 1,
        max_epoch: int | None = None,
        batch_size: int = 128,
        learning_rate: float | None = None,
        weight_decay: float = 1e-2,
        patience: int = 100,
    ) -> None:
        super().__init__(heads, max_epoch, batch_size, learning_rate, weight_decay, patience)

    def _n_columns(self, n_outputs: int) -> int:
        return n_outputs + 1  # the logit

    def _more_state(self, n_probes: int, device: str) -> State:
        return {"position": torch.zeros(n_probes, self.heads, device=device)}

    def _aggregated(self, state: State, scores: Tensor, texts: PaddedTexts) -> Tensor:
        places = torch.arange(scores.shape[1], device=scores.device, dtype=scores.dtype)
        logits = scores[..., -1] + places[:, None, None] * state["position"]
        return aggregates.attended(logits, scores[..., :-1], texts)


class TokenScores(TokenProbe):
    """A linear score of every token; `by` says how they become that of the text.

    `mean`, `max`, `softmax` (weights by the scores over `temperature`), `multimax` (the sum over
    `heads` of each one's largest), `rolling` (the largest mean over `window` neighbours), `last`
    (the mean over the last `window`) or `ema` (the largest exponential average, a share `alpha` of
    it the token itself).
    """

    share = 4.0

    def __init__(
        self,
        by: str = "mean",
        heads: int = 4,
        window: int = 10,
        temperature: float = 1.0,
        alpha: float = 0.5,
        max_epoch: int | None = None,
        batch_size: int = 128,
        learning_rate: float | None = None,
        weight_decay: float = 1e-2,
        patience: int = 100,
    ) -> None:
        n_heads = heads if by == "multimax" else 1
        super().__init__(n_heads, max_epoch, batch_size, learning_rate, weight_decay, patience)
        check_counts("TokenScores", heads=heads, window=window)
        check_positive("TokenScores", temperature=temperature, alpha=alpha)
        if alpha > 1:
            raise SpecError(f"alpha = {alpha!r} must be at most 1", where="TokenScores")
        known: dict[str, Aggregate] = {
            "mean": aggregates.mean,
            "max": aggregates.largest,
            "multimax": aggregates.largest,
            "softmax": aggregates.softmax(temperature),
            "rolling": aggregates.rolling(window),
            "last": aggregates.last(window),
            "ema": aggregates.exponential(alpha),
        }
        if by not in known:
            what = f"by = {by!r} must be one of {', '.join(known)}"
            raise SpecError(what, where="TokenScores")
        self.aggregate = known[by]

    def _aggregated(self, state: State, scores: Tensor, texts: PaddedTexts) -> Tensor:
        return self.aggregate(scores, texts).sum(dim=2)
