"""The token stage of a pooler: from the tokens of a text to one vector, or a few."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import groupby

import torch

from probing.engine.pooling.reduction import reduced
from probing.engine.pooling.text_tokens import TextTokens
from probing.spec.values import EVERY_TOKEN
from probing.token_stage import TokenStage


@dataclass(frozen=True)
class TokenPool(TokenStage):
    """A token stage that is carried out."""

    def select(self, texts: TextTokens, parts: TextParts | None = None) -> Selection:
        """The tokens of each text that count, or of each of some `parts` of the texts.

        Special tokens are dropped first, then those that `tokens` does not choose, then the first
        `skip_first` of what is left of the text. A text or part of which nothing is left is pooled
        over its last token, and counted in `fallback`; so is one that is too short for a position.
        """
        kept = ~texts.specials if self.specials == "drop" else torch.ones_like(texts.specials)
        if self.tokens:
            kept = kept & texts.chosen[self.tokens]
        if self.skip_first:
            kept = kept & (texts.ranks(kept) >= self.skip_first)
        if parts is not None:
            members = texts.parts(parts.texts, parts.ranges)
            texts, kept = texts.of(members, parts.lengths), kept[members]
        counts = texts.counts(kept)
        fallback = counts == 0
        kept[texts.ends[fallback] - 1] = True
        counts, at = counts.clamp(min=1), texts.at[kept]
        picked, back = self._picked(at, counts), None
        fallback = fallback | self._too_short(counts)
        own = counts
        if parts is not None and self.pool not in ("token", EVERY_TOKEN):
            at, counts, back = _by_count(at, counts)
        runs = tuple((len(list(alike)), count) for count, alike in groupby(counts.tolist()))
        whole = texts.in_order and len(at) == len(kept)
        return Selection(None if whole else at, picked, runs, fallback, back, own)

    def _picked(self, at: torch.Tensor, counts: torch.Tensor) -> torch.Tensor:
        """Where the quantiles or positions lie, `[n_texts, n_picked]`.

        Of a text that is too short for a position its token at that end.
        """
        if self.positions:
            ranks = self._ranks(counts).clamp(min=0).minimum(counts[:, None] - 1)
        else:
            shares = torch.tensor(self.quantiles, dtype=torch.float64, device=at.device)
            ranks = torch.floor(shares * (counts[:, None] - 1) + 0.5).long()
        return at[(counts.cumsum(0) - counts)[:, None] + ranks]

    def _ranks(self, counts: torch.Tensor) -> torch.Tensor:
        """Places of the positions from the start, which a text may not have."""
        asked = torch.tensor(self.positions, device=counts.device)
        return torch.where(asked < 0, counts[:, None] + asked, asked)

    def _too_short(self, counts: torch.Tensor) -> torch.Tensor:
        """Which texts have no token at one of the positions, `[n_texts]`."""
        if not self.positions:
            return torch.zeros_like(counts, dtype=torch.bool)
        ranks = self._ranks(counts)
        return ((ranks < 0) | (ranks >= counts[:, None])).any(1)

    def __call__(self, hidden: torch.Tensor, selection: Selection) -> torch.Tensor:
        """Pool `hidden`, `[batch, seq, width]`, to float32 `[n_texts, n_samples, features]`.

        Where every token is kept, they stand in the place of texts, text by text.
        """
        flat = hidden.flatten(0, 1)
        if self.pool == "token":
            picked = flat[selection.picked].float()
            return reduced(picked.transpose(0, 1)[:, :, None], self.method)
        kept = flat if selection.at is None else flat[selection.at]
        if self.pool == EVERY_TOKEN:
            return kept.float()[:, None]
        pool, runs = _POOLS[self.pool], selection.runs
        lots = torch.split(kept, [n_texts * count for n_texts, count in runs])
        width = hidden.shape[-1]
        pooled = [pool(lot.view(*run, width)) for lot, run in zip(lots, runs, strict=True)]
        together = torch.cat(pooled)
        return (together if selection.back is None else together[selection.back])[:, None]


@dataclass(frozen=True)
class TextParts:
    """Parts of texts: the text of each, `[n_parts]`, and its tokens there, `[n_parts, 2]`."""

    texts: torch.Tensor
    ranges: torch.Tensor

    @classmethod
    def of(cls, counts: torch.Tensor, ranges: torch.Tensor) -> TextParts:
        """The spans `[n_rows, n_spans, 2]` of rows, of which each text has so many."""
        texts = torch.arange(len(counts)).repeat_interleave(counts)
        return cls(texts.repeat_interleave(ranges.shape[1]), ranges.flatten(0, 1))

    @property
    def lengths(self) -> torch.Tensor:
        """The number of tokens of each part, `[n_parts]`."""
        return self.ranges[:, 1] - self.ranges[:, 0]


def _by_count(
    at: torch.Tensor, counts: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Tokens and counts of texts in the order of their counts, and where each text then is.

    Neighbours of one count are pooled together, and words of one sentence differ in theirs.
    """
    order = counts.argsort(stable=True)
    starts, sizes = (counts.cumsum(0) - counts)[order], counts[order]
    within = torch.arange(len(at), device=at.device)
    places = within + (starts - (sizes.cumsum(0) - sizes)).repeat_interleave(sizes)
    return at[places], sizes, order.argsort()


_POOLS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "mean": lambda tokens: tokens.sum(1, dtype=torch.float32) / tokens.shape[1],
    "max": lambda tokens: tokens.amax(1).float(),
    "min": lambda tokens: tokens.amin(1).float(),
}


@dataclass(frozen=True)
class Selection:
    """The tokens that count in a batch, as places in the flattened batch.

    `at` are those of all texts, text by text; None: every token of the batch. `picked` are those
    at the quantiles, `[n_texts, n_quantiles]`. `runs` are the texts in order, as numbers of texts
    with the same number of tokens, and that number. `fallback`, `[n_texts]`, tells the texts of
    which no token was left, so that their last one stands for them. Where texts are pooled in
    another order than theirs, `back` `[n_texts]` is the place of each in it. `counts` `[n_texts]`
    are the tokens that count of each text.
    """

    at: torch.Tensor | None
    picked: torch.Tensor
    runs: tuple[tuple[int, int], ...]
    fallback: torch.Tensor
    back: torch.Tensor | None = None
    counts: torch.Tensor | None = None

    def to(self, device: torch.device) -> Selection:
        """The selection for activations on `device`; `fallback` stays where it is."""

        def moved(part: torch.Tensor | None) -> torch.Tensor | None:
            return None if part is None else part.to(device, non_blocking=True)

        picked = self.picked.to(device, non_blocking=True)
        return replace(self, at=moved(self.at), picked=picked, back=moved(self.back))
