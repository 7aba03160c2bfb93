"""Find the tokens of marked spans of texts by the character offsets that a tokenizer gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Truths = NDArray[np.bool_]


@dataclass(frozen=True)
class MarkedRows:
    """Rows of a dataset that stand in some texts: text by text, as many as `counts` says.

    `rows` `[n_rows]` are their numbers, and `spans` `[n_rows, n_spans, 2]` the characters that
    each marks in its text.
    """

    rows: Ints
    counts: Ints
    spans: Ints


@dataclass(frozen=True)
class Units:
    """The tokens of rows that are parts of texts, text by text, as many as `counts` says.

    `rows` `[n_units]` are the rows' numbers and `ranges` `[n_units, n_spans, 2]` the first token
    of each span and the one behind its last, counted in the text. `lost` `[n_units]` tells the
    rows of which a span has no token, so that the one before its place stands for it, and `cut`
    those of which some part lies beyond what the model reads.
    """

    rows: torch.Tensor
    counts: torch.Tensor
    ranges: torch.Tensor
    lost: torch.Tensor
    cut: torch.Tensor

    @classmethod
    def joined(cls, parts: Sequence[Units]) -> Units:
        """Those of several lots of texts."""
        names = ("rows", "counts", "ranges", "lost", "cut")
        return cls(*(torch.cat([getattr(part, name) for part in parts]) for name in names))

    def places(self, texts: Sequence[int]) -> torch.Tensor:
        """Where the units of some texts lie, text by text."""
        picked = torch.as_tensor(texts)
        counts = self.counts[picked]
        starts = (self.counts.cumsum(0) - self.counts)[picked]
        return flat_ranges(starts, counts)

    def of(self, texts: Sequence[int]) -> Units:
        """The units of some texts."""
        at = self.places(texts)
        counts = self.counts[torch.as_tensor(texts)]
        return Units(self.rows[at], counts, self.ranges[at], self.lost[at], self.cut[at])


def flat_ranges(starts: torch.Tensor, counts: torch.Tensor) -> torch.Tensor:
    """`start, start + 1, …` of each range, so many as its count, one range after another."""
    within = torch.arange(int(counts.sum()))
    return within + (starts - (counts.cumsum(0) - counts)).repeat_interleave(counts)


@dataclass(frozen=True)
class Offsets:
    """The characters of tokens, `[n_tokens, 2]`, of texts laid end to end.

    `specials` `[n_tokens]` are those that the tokenizer added, or that stand for spaces alone;
    `lengths` and `truncated` are `[n_texts]`.
    """

    characters: Ints
    specials: Truths
    lengths: Ints
    truncated: Truths


def units_of(offsets: Offsets, marked: MarkedRows) -> Units:
    """The tokens that share a character with each span.

    A span without a character is a position: its token is the last one that begins before it.
    """
    texts = np.repeat(np.arange(len(marked.counts)), marked.counts)
    search = Search(offsets, int(marked.spans.max(initial=0)))
    starts, ends = marked.spans[..., 0], marked.spans[..., 1]
    first, behind = search.touched(texts[:, None], starts, ends)
    is_lost = first >= behind
    is_cut = search.cut(texts[:, None], starts, ends)
    # what stands there in the place of a lost one is told, and never passes for it
    is_lost |= is_cut & (starts == ends)
    first, behind = search.in_text(texts[:, None], first, behind, is_lost)
    ranges = np.stack([first, behind], axis=-1)
    return Units(
        *map(torch.from_numpy, (marked.rows, marked.counts, ranges, is_lost.any(1), is_cut.any(1)))
    )


class Search:
    """Looks up characters among the offsets of all texts at once: texts lie a stride apart."""

    def __init__(self, offsets: Offsets, highest: int) -> None:
        starts, ends = offsets.characters.T
        owners = np.repeat(np.arange(len(offsets.lengths)), offsets.lengths)
        self.stride = max(highest, int(ends.max(initial=0))) + 1
        self.kept = np.flatnonzero((starts < ends) & ~offsets.specials)
        own = owners[self.kept]
        base = own * self.stride
        # pieces of one character share its offsets; none goes back behind an earlier one
        self.starts = np.maximum.accumulate(starts[self.kept] + base) if len(base) else base
        self.ends = np.maximum.accumulate(ends[self.kept] + base) if len(base) else base
        self.token_starts = np.cumsum(offsets.lengths) - offsets.lengths
        n_texts = np.arange(len(offsets.lengths))
        self.firsts = np.searchsorted(own, n_texts, "left")
        self.lasts = np.searchsorted(own, n_texts, "right")
        self.truncated = offsets.truncated

    def touched(self, texts: Ints, starts: Ints, ends: Ints) -> tuple[Ints, Ints]:
        """The first kept token of each span and the one behind its last."""
        base = texts * self.stride
        behind = np.searchsorted(self.starts, base + ends, "left")
        first = np.searchsorted(self.ends, base + starts, "right")
        is_position = starts == ends
        first = np.where(is_position, np.maximum(behind - 1, self.firsts[texts]), first)
        return first, behind

    def cut(self, texts: Ints, starts: Ints, ends: Ints) -> Truths:
        """Whether some of each span lies before or behind all tokens of a text that was cut."""
        base, firsts, lasts = texts * self.stride, self.firsts[texts], self.lasts[texts]
        if not len(self.kept):
            return self.truncated[texts] & np.ones_like(starts, dtype=np.bool_)
        low = self.starts[np.minimum(firsts, len(self.kept) - 1)] - base
        high = self.ends[np.maximum(lasts - 1, 0)] - base
        outside: Truths = (firsts == lasts) | (starts < low) | (ends > high)
        return self.truncated[texts] & outside

    def in_text(self, texts: Ints, first: Ints, behind: Ints, is_lost: Truths) -> tuple[Ints, Ints]:
        """The same as places in the text; of a lost one the token before it, or the first."""
        firsts, lasts = self.firsts[texts], self.lasts[texts]
        beside = np.clip(behind - 1, firsts, np.maximum(lasts - 1, firsts))
        first, last = np.where(is_lost, beside, first), np.where(is_lost, beside, behind - 1)
        if not len(self.kept):
            return np.zeros_like(first), np.ones_like(first)
        most, start = len(self.kept) - 1, self.token_starts[texts]
        has_none = firsts == lasts
        begin = np.where(has_none, 0, self.kept[np.clip(first, 0, most)] - start)
        end = np.where(has_none, 1, self.kept[np.clip(last, 0, most)] - start + 1)
        return begin, end
