"""Text that comes from data, without characters that steer what reads it."""

from __future__ import annotations

import unicodedata

_KEPT = "\n\t"


def plain(value: str) -> str:
    """The text with control, format and surrogate characters replaced by `�`."""
    return "".join(one if one in _KEPT or _is_plain(one) else "�" for one in str(value))


def _is_plain(one: str) -> bool:
    # joiners spell words of some scripts; marks that turn the direction of text could mislead
    return one in "\u200c\u200d" or unicodedata.category(one) not in ("Cc", "Cf", "Cs")
