"""Which characters and colours plots draw with: braille or ASCII, 256 colours or 16.

Chosen once for a process: by `use`, which the option `--ascii` and the configuration call, else
by the terminal and the locale.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

POOR = ("linux", "dumb", "vt100", "vt102", "vt220", "cons25", "ansi")  # no braille in their fonts
RICH = ("kitty", "256color", "direct")  # how the names of terminals of many colours end
LOCALES = ("LC_ALL", "LC_CTYPE", "LANG")  # the first that is set counts

_ascii: bool | None = None
_sixteen: bool | None = None


def use(*, ascii: bool | None = None, sixteen: bool | None = None) -> None:
    """Draw with ASCII alone or not, with 16 colours or not; None leaves it to the terminal."""
    global _ascii, _sixteen
    _ascii, _sixteen = ascii, sixteen


def is_ascii() -> bool:
    """Whether plots and tables are drawn with ASCII alone."""
    if _ascii is not None:
        return _ascii
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return is_poor(os.environ) or "utf" not in encoding.lower()


def is_sixteen() -> bool:
    """Whether plots keep to the 16 colours that every terminal has."""
    return has_few_colours(os.environ) if _sixteen is None else _sixteen


def is_poor(environ: Mapping[str, str]) -> bool:
    """Whether a terminal is of a kind without braille, or the locale is not of UTF-8."""
    if environ.get("TERM", "").lower() in POOR:
        return True
    if environ.get("LC_ALL") in ("C", "POSIX"):  # asked for; LANG=C is the lack of any choice
        return True
    locale = next((environ[name] for name in LOCALES if environ.get(name)), "")
    codeset = locale.partition("@")[0].partition(".")[2].lower()
    return bool(codeset) and "utf" not in codeset


def has_few_colours(environ: Mapping[str, str]) -> bool:
    """Whether the name of a terminal says nothing of 256 colours or more."""
    if environ.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        return False
    term = environ.get("TERM", "").lower()
    return bool(term) and not term.endswith(RICH)


def as_ascii(text: str) -> str:
    """A text with other characters in the place of what is not ASCII, as many as before."""
    return text.replace("…", "~").replace(" · ", " | ").encode("ascii", "replace").decode()
