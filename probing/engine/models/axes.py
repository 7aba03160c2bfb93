"""The axes of what a hook reads: which is the batch, which the sequence."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from probing.errors import ModelError


@dataclass(frozen=True)
class Axes:
    """How a module lays out the activations of a batch; `width` is the size of the last axis.

    `is_sequence_first`: `[seq, batch, width]`, as in XLNet; else `[batch, seq, width]`, or both
    in one axis. Some modules pad the sequence to their window.
    """

    width: int
    is_sequence_first: bool = False

    @classmethod
    def of(cls, activation: torch.Tensor, n_texts: int, length: int) -> Axes:
        """The axes of the activation of `n_texts` texts of `length` tokens, which differ.

        Raises `ModelError` where they are not those of a batch of texts.
        """
        shape = tuple(activation.shape)
        if len(shape) == 3 and shape[0] == n_texts and shape[1] >= length:
            return cls(shape[2])
        if len(shape) == 3 and shape[1] == n_texts and shape[0] >= length:
            return cls(shape[2], is_sequence_first=True)
        if len(shape) == 2 and shape[0] % n_texts == 0 and shape[0] >= n_texts * length:
            return cls(shape[1])
        what = f"a block returned shape {list(shape)} for {n_texts} texts of {length} tokens"
        raise ModelError(what, hint="only [batch, seq, width] can be read")

    def batch_first(self, activation: torch.Tensor, n_texts: int, length: int) -> torch.Tensor:
        """The activation as `[batch, seq, width]`."""
        if self.is_sequence_first:
            activation = activation.transpose(0, 1)
        return activation.reshape(n_texts, -1, self.width)[:, :length]
