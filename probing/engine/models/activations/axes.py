"""Find the batch and sequence axes of an activation that a hook reads."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from probing.errors import ModelError


@dataclass(frozen=True)
class Axes:
    """How a module lays out the activations of a batch; `width` is what a token has of them.

    `[batch, seq, width]`, or both axes in one; `is_sequence_first`: `[seq, batch, width]`, as in
    XLNet. Several streams of a token are one vector, also where they come first (Gemma 3n). Some
    modules pad the sequence to their window.
    """

    width: int
    is_sequence_first: bool = False
    is_streams_first: bool = False

    @classmethod
    def of(cls, activation: torch.Tensor, n_texts: int, length: int) -> Axes:
        """The axes of the activation of `n_texts` texts of `length` tokens, which differ.

        Raises `ModelError` where they are not those of a batch of texts.
        """
        shape = tuple(activation.shape)
        match shape:
            case (first, second, *rest) if first == n_texts and second >= length and rest:
                return cls(math.prod(rest))
            case (first, second, width) if second == n_texts and first >= length:
                return cls(width, is_sequence_first=True)
            case (streams, second, third, width) if second == n_texts and third >= length:
                return cls(streams * width, is_streams_first=True)
            case (tokens, width) if tokens % n_texts == 0 and tokens >= n_texts * length:
                return cls(width)
        texts = f"{n_texts} text{'s' * (n_texts > 1)} of {length} tokens"
        what = f"a block returned shape {list(shape)} for {texts}"
        raise ModelError(what, hint="only [batch, seq, width] can be read")

    def batch_first(self, activation: torch.Tensor, n_texts: int, length: int) -> torch.Tensor:
        """The activation as `[batch, seq, width]`."""
        return self._by_text(activation).reshape(n_texts, -1, self.width)[:, :length]

    def put_back(self, activation: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        """The activation, as the module lays it out, with other `tokens` `[batch, seq, width]`."""
        n_texts, length, _ = tokens.shape
        by_text = self._by_text(activation)
        whole = by_text.reshape(n_texts, -1, self.width).clone()
        whole[:, :length] = tokens
        whole = whole.reshape(by_text.shape)
        if self.is_streams_first:
            whole = whole.permute(2, 0, 1, 3)
        if self.is_sequence_first:
            whole = whole.transpose(0, 1)
        return whole.contiguous()

    def _by_text(self, activation: torch.Tensor) -> torch.Tensor:
        if self.is_sequence_first:
            activation = activation.transpose(0, 1)
        if self.is_streams_first:
            activation = activation.permute(1, 2, 0, 3)
        return activation
