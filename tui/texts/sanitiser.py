"""The one sanitiser for text from outside: removes everything that a terminal would obey."""

from __future__ import annotations

import unicodedata

_SPACES = {"\n": "⏎", "\t": " ", "\r": ""}


def clean(text: object, width: int | None = None) -> str:
    """`text` on one line, control and format characters shown as `·`, cut to `width` columns."""
    shown = str(text)
    if not shown.isprintable():  # neither control nor format characters, nor separators but spaces
        shown = "".join(_SPACES.get(char) or _visible(char) for char in shown if char != "\r")
    return shown if width is None or len(shown) <= width else shown[: max(width - 1, 0)] + "…"


def clean_lines(text: object) -> str:
    """`text` on its own lines, all else as `clean` shows it."""
    return "\n".join(map(clean, str(text).replace("\r\n", "\n").split("\n")))


def _visible(char: str) -> str:
    return "·" if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") else char
