"""Which characters and colours plots draw with: braille or ASCII, 256 colours or 16.

Chosen once for a process: by `use`, or by what the terminal says of itself.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from tui.texts import characters
from tui.texts.characters import is_ascii

__all__ = ["as_ascii", "has_few_colours", "is_ascii", "is_sixteen", "use"]

RICH = ("kitty", "256color", "direct")  # how the names of terminals of many colours end

_sixteen: bool | None = None


def use(*, ascii: bool | None = None, sixteen: bool | None = None) -> None:
    """Draw with ASCII alone or not, with 16 colours or not; None leaves it to the terminal."""
    global _sixteen
    _sixteen = sixteen
    characters.use_ascii(ascii)


def is_sixteen() -> bool:
    """Whether plots keep to the 16 colours that every terminal has."""
    return has_few_colours(os.environ) if _sixteen is None else _sixteen


def has_few_colours(environ: Mapping[str, str]) -> bool:
    """Whether the name of a terminal says nothing of 256 colours or more."""
    if environ.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        return False
    term = environ.get("TERM", "").lower()
    return bool(term) and not term.endswith(RICH)


def as_ascii(text: str) -> str:
    """A text with marks of ASCII alone, as wide as before; letters stay as they are."""
    return characters.in_ascii(text.replace(" · ", " | "))
