"""Reads how busy the machine is for the strips of a place, at most once a second."""

from __future__ import annotations

import time

from textual.widget import Widget

from probing.errors import ProbingError
from tui.processes.background import Latest
from tui.processes.machine import Machine, MachineReader
from tui.runs.machine.machine_strip import MachineStrip
from tui.runs.run_book import RunBook

LEAST_S = 1.0


class MachineWatch:
    """Has every `MachineStrip` of a place show the machine, and the runs that hold its GPUs."""

    def __init__(self, place: Widget, book: RunBook) -> None:
        self._place, self._book = place, book
        self._reader, self._last = MachineReader(), 0.0
        self._measuring: Latest[Machine] = Latest(place)

    @property
    def is_over(self) -> bool:
        """Whether it was read, and is not being read."""
        return bool(self._last) and self._measuring.is_over

    def look(self) -> None:
        """Read the machine while the place is in sight."""
        now = time.monotonic()
        if self._place.display and now - self._last >= LEAST_S:
            self._last = now
            self._measuring.ask(self._reader.read, self._take)

    def _take(self, value: Machine | ProbingError) -> None:
        if self._place.is_mounted and not isinstance(value, ProbingError):
            for strip in self._place.query(MachineStrip):
                strip.show(value, self._book.queue)
