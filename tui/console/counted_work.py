"""Tell on standard error how far counted work is: a line that is written over, on a terminal."""

from __future__ import annotations

import sys
import time

from tui.texts.of_runs.run_line import clock
from tui.texts.sanitiser import clean

AGAIN_S = 0.2


class CountedWork:
    """A context that shows `12 of 40 prompts, about 0:31 left` on a terminal."""

    def __init__(self) -> None:
        self._began: tuple[float, int] | None = None
        self._last, self._width = 0.0, 0
        self._shows = sys.stderr.isatty()

    def __enter__(self) -> CountedWork:
        return self

    def __exit__(self, *_: object) -> None:
        self.clear()
        self._shows = False

    def clear(self) -> None:
        """Take the line away, so that another can be printed."""
        self._write("")

    def take(self, done: int, of: int, units: str) -> None:
        """Work is so far."""
        now = time.monotonic()
        if self._began is None:
            self._began = now, done
        if now - self._last < AGAIN_S and done < of:
            return
        self._last = now
        start, first = self._began
        spent, n = now - start, done - first
        left = f", about {clock(spent / n * (of - done))} left" if n else ""
        self._write(clean(f"{done:,} of {of:,} {units}{left}"))

    def _write(self, line: str) -> None:
        if not self._shows:
            return
        sys.stderr.write("\r")
        sys.stderr.write(line.ljust(self._width))
        sys.stderr.write("\r")
        sys.stderr.flush()
        self._width = len(line)
