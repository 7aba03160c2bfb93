"""A few texts that show whether the texts of a batch change each other's features."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from probing.engine.models import Tokens

# Tokens. Models look at texts beyond some length in pieces, so that the longest ones tell most,
# but to look should cost little of what the pass costs.
_LENGTH, _SHARE = 1024, 0.02
_LEAST_REACH = 64
_TWINS_TRIED = 50


def longest_that_tells(tokens: Tokens) -> int:
    """The length, in tokens, of the longest of the telling texts of `tokens`."""
    limit = max(_LENGTH, int(_SHARE * int(tokens.lengths.sum())))
    return min(limit, int(tokens.lengths.max()))


def reach_of(longest: int) -> int:
    """Up to which length, in tokens, other texts are taken to be as those of `longest` tokens."""
    return max(_LEAST_REACH, 1 << (longest - 1).bit_length())


def telling(tokens: Tokens, marks: Sequence[int], limit: int) -> Tokens:
    """A long text, two different ones of one length, a middling one and the shortest.

    Then one for each of the special tokens `marks` that some texts have more often than others,
    as they spell it out. None has more than `limit` tokens.
    """
    lengths = tokens.lengths.tolist()
    order = sorted(range(len(lengths)), key=lambda row: -lengths[row])
    long = next((row for row in order if lengths[row] <= limit), order[-1])
    picked = [(long, lengths[long])]
    twin = _twin_of(tokens, long, order)
    if twin is not None:
        length = min(lengths[twin], lengths[long])
        picked += [(twin, length), (long, length)]
    others = [order[len(order) // 2], order[-1], *_spelt_out(tokens, marks, limit)]
    picked += [(row, lengths[row]) for row in others]
    kept = dict.fromkeys((row, min(length, limit)) for row, length in picked)
    return tokens.beginnings(*map(list, zip(*kept, strict=True)))


def _twin_of(tokens: Tokens, long: int, order: Sequence[int]) -> int | None:
    """The longest text, not above `long`, that is not how `long` begins; else one above it."""
    at = order.index(long)
    for row in [*order[at + 1 : at + 1 + _TWINS_TRIED], *order[max(0, at - 1) : at]]:
        length = int(min(tokens.lengths[row], tokens.lengths[long]))
        both = tokens.beginnings([row, long], [length, length]).ids
        if not torch.equal(both[:length], both[length:]):
            return row
    return None


def _spelt_out(tokens: Tokens, marks: Sequence[int], limit: int) -> list[int]:
    """For each of `marks` the text of at most `limit` tokens that has it most often, if any."""
    found, ends = [], tokens.lengths.cumsum(0)
    for mark in dict.fromkeys(marks):
        upto = torch.cat([torch.zeros(1, dtype=torch.int64), (tokens.ids == mark).cumsum(0)])
        counts = upto[ends] - upto[ends - tokens.lengths]
        counts[tokens.lengths > limit] = counts.min()
        if counts.max() > counts.min():
            found.append(int(counts.argmax()))
    return found
