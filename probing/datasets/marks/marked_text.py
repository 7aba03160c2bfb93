"""Marked spans as text: what stands in them, and how they are shown."""

from __future__ import annotations

from collections.abc import Sequence

OPEN, CLOSE = "⟦", "⟧"
_AROUND = 80  # characters of the text that are shown before the first mark


def within(text: str, spans: Sequence[Sequence[int]]) -> str:
    """What stands in the spans, or the whole text where one of them is a position."""
    if any(start == end for start, end in spans):
        return text
    return " ".join(text[start:end] for start, end in spans)


def bracketed(text: str, spans: Sequence[Sequence[int]]) -> str:
    """The text with brackets around each span, begun not far before the first of them."""
    marks = sorted([(start, 1, OPEN) for start, _ in spans] + [(end, 0, CLOSE) for _, end in spans])
    if any(start == end for start, end in spans):
        marks = [(at, 0, OPEN + CLOSE) for at in sorted({start for start, _ in spans})]
    begin = max(0, marks[0][0] - _AROUND)
    pieces, last = ["…" if begin else ""], begin
    for at, _, mark in marks:
        pieces += [text[last:at], mark]
        last = at
    return "".join([*pieces, text[last:]])
