"""How the names of results are shown where there is little room."""

from __future__ import annotations

from functools import lru_cache

from tui.texts.sanitiser import clean

LEAST_NAME = 8


@lru_cache(maxsize=4096)
def shown_name(value: object) -> str:
    """A name without the word package, which says nothing among models."""
    return clean(value).removeprefix("package:")


def shortened(text: str, width: int) -> str:
    """`text` in at most `width` columns; its middle goes, since its end tells as much."""
    if len(text) <= width:
        return text
    tail = (width - 1) // 2
    return text[: max(width - 1 - tail, 0)] + "…" + (text[-tail:] if tail > 0 else "")


def joined(names: list[str], width: int) -> str:
    """Names with dots between them in `width` columns; the longest give way first."""
    names = list(names)
    while names and len(" · ".join(names)) > width:
        at = max(range(len(names)), key=lambda at: len(names[at]))
        if len(names[at]) <= LEAST_NAME:
            return shortened(" · ".join(names), width)
        names[at] = shortened(names[at], len(names[at].replace("…", "")) - 1)
    return " · ".join(names)
