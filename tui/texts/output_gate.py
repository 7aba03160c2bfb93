"""The one way out for text: whatever is printed, a terminal obeys nothing that is not ours.

It also lets every text through in every encoding: what cannot be said in it becomes a `?`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO

from tui.texts.characters import in_ascii, is_ascii

# C0 and C1 but for line end and tab, DEL, separators, what turns the direction of text round
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_OBEYED_BUT_COLOURS = re.compile(rf"(\x1b\[[0-9;]*m)|{OBEYED.pattern}")


class OutputGate:
    """A text stream in front of `raw`; all but writing text is asked of that.

    What cannot be written is lost in silence where it is `mere_talk`, as on standard error.
    """

    def __init__(self, raw: TextIO, *, mere_talk: bool = False) -> None:
        self.raw, self._lost = raw, (OSError, ValueError) if mere_talk else ()
        self._is_terminal = raw.isatty()
        self._pattern = _OBEYED_BUT_COLOURS if self._is_terminal else OBEYED

    def write(self, text: str) -> int:
        """Write what is harmless of `text`; a lone carriage return is our own, of a progress."""
        shown = text
        if text != "\r":
            shown = self._pattern.sub(_harmless, text.replace("\r\n", "\n"))
        if self._is_terminal and is_ascii():
            shown = in_ascii(shown)
        encoding = self.raw.encoding or "utf-8"
        with suppress(*self._lost):
            self.raw.write(shown.encode(encoding, "replace").decode(encoding))
        return len(text)

    def flush(self) -> None:
        """Have it written now."""
        with suppress(*self._lost):
            self.raw.flush()

    def writelines(self, lines: Any) -> None:
        """Write one after another."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.raw, name)


def _harmless(found: re.Match[str]) -> str:
    colour = found.group(1) if found.re.groups else None
    return colour or "·"


@contextmanager
def gated() -> Iterator[None]:
    """Inside, all that is printed goes through gates."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = OutputGate(before[0]), OutputGate(before[1], mere_talk=True)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before
