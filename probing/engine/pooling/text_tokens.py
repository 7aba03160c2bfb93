"""Find which tokens belong to which text, padded or packed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch


@dataclass(frozen=True)
class TextTokens:
    """The real tokens of a batch, text by text.

    `at` is where they lie in the flattened batch and `specials` which of them are special, both
    `[n_tokens]`; `lengths` is `[n_texts]`. `in_order` tells that the batch has no other tokens,
    so that `at` counts from 0. `chosen` `[n_tokens]` tells by the terms of a pooler which tokens
    fulfil them.
    """

    at: torch.Tensor
    specials: torch.Tensor
    lengths: torch.Tensor
    in_order: bool
    chosen: Mapping[tuple[str, ...], torch.Tensor] = field(default_factory=dict)

    @classmethod
    def padded(
        cls,
        mask: torch.Tensor,
        specials: torch.Tensor,
        chosen: Mapping[tuple[str, ...], torch.Tensor] | None = None,
    ) -> TextTokens:
        """A text a row: `mask` of real and `specials` of special tokens are `[batch, seq]`."""
        real = mask.bool()
        at = real.flatten().nonzero().flatten()
        whole = len(at) == real.numel()
        return cls(at, specials.bool()[real], real.sum(1), whole, chosen or {})

    @classmethod
    def packed(
        cls,
        lengths: torch.Tensor,
        specials: torch.Tensor,
        chosen: Mapping[tuple[str, ...], torch.Tensor] | None = None,
    ) -> TextTokens:
        """Texts of these lengths end to end in one row, with `specials` `[n_tokens]`."""
        at = torch.arange(len(specials), device=specials.device)
        return cls(at, specials, lengths, True, chosen or {})

    def parts(self, texts: torch.Tensor, ranges: torch.Tensor) -> torch.Tensor:
        """The tokens of parts of texts, part by part, as places among those of all texts.

        `texts` `[n_parts]` is the text of each, `ranges` `[n_parts, 2]` its first token and the
        one behind its last, counted in the text.
        """
        starts = (self.ends - self.lengths)[texts] + ranges[:, 0]
        counts = ranges[:, 1] - ranges[:, 0]
        within = torch.arange(int(counts.sum()), device=self.at.device)
        return within + (starts - (counts.cumsum(0) - counts)).repeat_interleave(counts)

    def of(self, members: torch.Tensor, lengths: torch.Tensor) -> TextTokens:
        """The tokens `members` as texts of these `lengths`."""
        return TextTokens(self.at[members], self.specials[members], lengths, False)

    @property
    def ends(self) -> torch.Tensor:
        """The number of tokens up to and with each text, `[n_texts]`."""
        return self.lengths.cumsum(0)

    def counts(self, kept: torch.Tensor) -> torch.Tensor:
        """How many of `kept`, `[n_tokens]`, each text has."""
        return self._before(kept)[self.ends] - self._before(kept)[self.ends - self.lengths]

    def ranks(self, kept: torch.Tensor) -> torch.Tensor:
        """How many of `kept` the text of each token has before it, `[n_tokens]`."""
        before = self._before(kept)
        at_start = before[self.ends - self.lengths]
        return before[:-1] - at_start.repeat_interleave(self.lengths)

    @staticmethod
    def _before(kept: torch.Tensor) -> torch.Tensor:
        return torch.cat([kept.new_zeros(1, dtype=torch.long), kept.cumsum(0)])
