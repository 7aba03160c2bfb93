"""Which tokens of each text fulfil the terms of a pooler's `tokens`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from probing.engine.models.continued_texts import Continued
from probing.engine.models.span_tokens import Offsets, Search
from probing.token_choice import Term, stretches, term

Truths = NDArray[np.bool_]


def chosen(terms: Sequence[str], read: Continued) -> Truths:
    """Of all tokens those that are chosen, `[n_tokens]`; each term narrows what is left.

    A token counts where it shares a character with what a term names; `template` is what no turn
    says.
    """
    left = np.ones(len(read.generated), dtype=np.bool_)
    for one in map(term, terms):
        left &= _fulfil(one, read, left) != one.is_not
    return left


def _fulfil(one: Term, read: Continued, left: Truths) -> Truths:
    if one.kind == "special":
        return read.tokens.specials.numpy()
    if one.kind == "generated":
        return read.generated
    if one.kind in ("first", "last"):
        return _at_an_end(one, read.offsets, left)
    if one.kind == "pattern":
        spans = [list(stretches(one, text)) for text in read.texts]
        return _touched(spans, read.offsets)
    turns = [
        [(start, end) for role, _, start, end in each.places if one.name in ("", role)]
        for each in read.chats or ()
    ]
    said = _touched(turns, read.offsets)
    return said if one.kind == "role" else ~said


def _at_an_end(one: Term, offsets: Offsets, left: Truths) -> Truths:
    """The first or last so many of what is left of each text."""
    found: Truths
    ends = np.cumsum(offsets.lengths)
    before = np.concatenate([[0], np.cumsum(left)])
    at_start = np.repeat(before[ends - offsets.lengths], offsets.lengths)
    at_end = np.repeat(before[ends], offsets.lengths)
    if one.kind == "first":
        found = left & (before[:-1] - at_start < one.count)
    else:
        found = left & (at_end - before[:-1] <= one.count)
    return found


def _touched(spans: Sequence[Sequence[tuple[int, int]]], offsets: Offsets) -> Truths:
    """The tokens that share a character with one of the spans of their text."""
    counts = [len(each) for each in spans]
    flat = np.array([span for each in spans for span in each], dtype=np.int64).reshape(-1, 2)
    marks = np.zeros(int(offsets.lengths.sum()) + 1, dtype=np.int64)
    search = Search(offsets, int(flat.max(initial=0)))
    rows = np.repeat(np.arange(len(spans)), counts)
    first, behind = search.touched(rows, flat[:, 0], flat[:, 1])
    there = (first < behind) & (flat[:, 0] < flat[:, 1])
    np.add.at(marks, search.kept[first[there]], 1)
    np.add.at(marks, search.kept[behind[there] - 1] + 1, -1)
    return np.cumsum(marks[:-1]) > 0
