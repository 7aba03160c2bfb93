"""The tags and notes of all runs, read again only where their files changed."""

from __future__ import annotations

from collections.abc import Iterable

from probing.logs import RunFolder
from probing.logs.run_marks import Marks, MarkStamp, read_marks, stamp_of


class MarksReader:
    """Reads the marks of runs; `read` is called in a thread, one at a time."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[MarkStamp, Marks]] = {}

    def read(self, runs: Iterable[RunFolder]) -> dict[str, Marks]:
        """The marks of each run by its name."""
        known = {run.name: self._of(run) for run in runs}
        self._known = known
        return {name: marks for name, (_, marks) in known.items()}

    def _of(self, run: RunFolder) -> tuple[MarkStamp, Marks]:
        before, stamp = self._known.get(run.name), stamp_of(run)
        if before is not None and before[0] == stamp:
            return before
        return stamp, read_marks(run)
