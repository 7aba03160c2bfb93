"""From the scores of tokens to the score of a text: the forms of token probes.

McKenzie et al. 2025, "Detecting high-stakes interactions with activation probes" (mean, max, last,
softmax, rolling mean); Cunningham et al. 2025, "Cost-effective constitutional classifiers via
representation re-use" (exponential average); Kramár et al. 2026, "Building production-ready probes
for Gemini", arXiv:2601.11516 (MultiMax); Shabalin and Belrose 2025, "Attention probes",
https://blog.eleuther.ai/attention-probes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class PaddedTexts:
    """Where tokens that follow one another stand in `[n_texts, longest]`, padded at the end."""

    lengths: Tensor
    place: Tensor

    @classmethod
    def of(cls, lengths: Tensor) -> PaddedTexts:
        """The places of tokens `[n_tokens]` of texts of these `lengths` `[n_texts]`."""
        texts = torch.arange(len(lengths), device=lengths.device).repeat_interleave(lengths)
        starts = lengths.cumsum(0) - lengths
        within = torch.arange(len(texts), device=lengths.device) - starts[texts]
        return cls(lengths, texts * int(lengths.max()) + within)

    @property
    def is_there(self) -> Tensor:
        """Which places hold a token, `[n_texts, longest]`."""
        steps = torch.arange(int(self.lengths.max()), device=self.lengths.device)
        return steps < self.lengths[:, None]

    def padded(self, tokens: Tensor) -> Tensor:
        """Numbers of tokens `[n_tokens, ...]` as `[n_texts, longest, ...]`, 0 elsewhere."""
        shape = len(self.lengths), int(self.lengths.max())
        room = tokens.new_zeros(shape[0] * shape[1], *tokens.shape[1:])
        return room.index_copy(0, self.place, tokens).view(*shape, *tokens.shape[1:])


Aggregate = Callable[[Tensor, PaddedTexts], Tensor]
"""Scores of tokens `[n_texts, longest, ...]` to those of texts `[n_texts, ...]`."""


def attended(logits: Tensor, values: Tensor, texts: PaddedTexts) -> Tensor:
    """Values `[n_texts, longest, p, h, k]` weighted by the softmax of logits `[..., p, h]`.

    Summed over heads, `[n_texts, p, k]`.
    """
    hidden = ~texts.is_there[:, :, None, None]
    weights = logits.masked_fill(hidden, -torch.inf).softmax(dim=1)
    return (weights[..., None] * values).sum(dim=(1, 3))


def mean(scores: Tensor, texts: PaddedTexts) -> Tensor:
    """The mean over tokens; places without one hold 0."""
    return scores.sum(1) / _like(texts.lengths, scores[:, 0])


def largest(scores: Tensor, texts: PaddedTexts) -> Tensor:
    """The largest; of equal ones all have a share in the gradient."""
    return scores.masked_fill(~_like(texts.is_there, scores), -torch.inf).amax(1)


def softmax(temperature: float) -> Aggregate:
    """The mean weighted by the softmax of the scores themselves."""

    def aggregate(scores: Tensor, texts: PaddedTexts) -> Tensor:
        hidden = ~_like(texts.is_there, scores)
        weights = (scores / temperature).masked_fill(hidden, -torch.inf).softmax(dim=1)
        return (weights * scores).sum(1)

    return aggregate


def last(n_tokens: int) -> Aggregate:
    """The mean over the last tokens of a text, or all where it has fewer."""

    def aggregate(scores: Tensor, texts: PaddedTexts) -> Tensor:
        steps = torch.arange(scores.shape[1], device=scores.device)
        kept = texts.is_there & (steps >= texts.lengths[:, None] - n_tokens)
        total = (scores * _like(kept, scores)).sum(1)
        return total / _like(texts.lengths.clamp(max=n_tokens), scores[:, 0])

    return aggregate


def rolling(n_tokens: int) -> Aggregate:
    """The largest mean over so many neighbouring tokens, or over all where a text has fewer."""

    def aggregate(scores: Tensor, texts: PaddedTexts) -> Tensor:
        sums = torch.cat([torch.zeros_like(scores[:, :1]), scores.cumsum(1)], dim=1)
        ends = torch.arange(1, scores.shape[1] + 1, device=scores.device)
        begins = (ends - n_tokens).clamp(min=0)
        means = (sums[:, ends] - sums[:, begins]) / _like((ends - begins)[None], scores)
        is_whole = ends >= texts.lengths.clamp(max=n_tokens)[:, None]
        kept = texts.is_there & is_whole
        return means.masked_fill(~_like(kept, scores), -torch.inf).amax(1)

    return aggregate


def exponential(share: float) -> Aggregate:
    """The largest of the exponential averages up to each token; that before the first is 0."""

    def aggregate(scores: Tensor, texts: PaddedTexts) -> Tensor:
        steps = torch.arange(scores.shape[1], device=scores.device, dtype=scores.dtype)
        back = steps[:, None] - steps
        weights = torch.where(back >= 0, share * (1 - share) ** back.clamp(min=0), 0.0)
        averages = (weights @ scores.flatten(2)).view(scores.shape)
        return largest(averages, texts)

    return aggregate


def _like(kept: Tensor, scores: Tensor) -> Tensor:
    """With as many axes as the scores have."""
    return kept.view(*kept.shape, *[1] * (scores.ndim - kept.ndim))
