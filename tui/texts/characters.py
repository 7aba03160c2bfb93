"""Which characters are drawn: all of Unicode, or ASCII where a terminal or its locale has no more.

Only marks are replaced (lines, arrows, bars, dots), each by one character of the same width;
letters of every script stay as they are, since they are data.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

POOR = ("linux", "dumb", "vt100", "vt102", "vt220", "cons25", "ansi")  # no braille in their fonts
LOCALES = ("LC_ALL", "LC_CTYPE", "LANG")  # the first that is set counts

_PAIRS = {
    "─━╌┄┈╴╶╸╺━▔‾—–": "-",
    "═": "=",
    "│┃╎┊┆┇║▏▎▕▌▐▍▋▊▉╵╷": "|",
    "┌┐└┘├┤┬┴┼╭╮╰╯╔╗╚╝╠╣╦╩╬┏┓┗┛┣┫┳┻╋╞╡╪": "+",
    "▁▂": "_",
    "▃▄": "=",
    "▅▆": "%",
    "▇█▀■▓▆◼": "#",
    "▒": "%",
    "░": ":",
    "·∙•": ".",
    "…": "~",
    "●◉⬤▪": "*",
    "○◌◯□◇◦": "o",
    "◆★☆": "*",
    "▲△↑▴": "^",
    "▼▽↓▾": "v",
    "▶▸→›»⟩": ">",
    "◀◂←‹«⟨": "<",
    "↔": "-",
    "⏎↵": "/",
    "✗×✕✖": "x",
    "✓✔": "+",
    "±": "~",
    "≥": ">",
    "≤": "<",
    "≈": "~",
    "²": "2",
    "“”": '"',
    "‘’": "'",
    "\u00a0\u202f\u2009": " ",
}
_MARKS = {ord(char): mark for chars, mark in _PAIRS.items() for char in chars}
_MARKS[ord("🔎")] = "> "
_BRAILLE = range(0x2800, 0x2900)
_MARKS |= {at: " .:*#"[((at - _BRAILLE[0]).bit_count() + 1) // 2] for at in _BRAILLE}
_wanted: bool | None = None


def use_ascii(is_wanted: bool | None) -> None:
    """Draw with ASCII alone from now on, with all characters, or (None) as the terminal needs."""
    global _wanted
    _wanted = is_wanted


def is_ascii() -> bool:
    """Whether only ASCII is drawn."""
    if _wanted is not None:
        return _wanted
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return "utf" not in encoding.lower() or is_poor(os.environ)


def is_poor(environ: Mapping[str, str]) -> bool:
    """Whether a terminal is of a kind without braille, or the locale is not of UTF-8."""
    if environ.get("TERM", "").lower() in POOR:
        return True
    if environ.get("LC_ALL") in ("C", "POSIX"):  # asked for; LANG=C is the lack of any choice
        return True
    locale = next((environ[name] for name in LOCALES if environ.get(name)), "")
    codeset = locale.partition("@")[0].partition(".")[2].lower()
    return bool(codeset) and "utf" not in codeset


def in_ascii(text: str) -> str:
    """`text` with its marks in ASCII, as wide as before."""
    return text if text.isascii() else text.translate(_MARKS)


def with_arrows(hint: str) -> str:
    """A hint of keys in which arrows are named where all is ASCII: `<` and `>` are other keys."""
    if not is_ascii():
        return hint
    return hint.replace("← →", "left/right").replace("↑ ↓", "up/down")
