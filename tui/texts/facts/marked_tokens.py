"""A text of its tokens, those marked that a pooler takes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from probing.datasets.marks.marked_text import CLOSE, OPEN


def marked(tokens: Sequence[str], taken: Sequence[bool]) -> str:
    """A text of its tokens, with brackets around those that are taken."""
    pieces = []
    for is_taken, run in groupby(zip(tokens, taken, strict=True), key=lambda pair: pair[1]):
        words = [token for token, _ in run]
        joined = "·".join(words) if is_taken else " ".join(words)
        pieces.append(f"{OPEN}{joined}{CLOSE}" if is_taken else joined)
    return " ".join(" ".join(pieces).split())
