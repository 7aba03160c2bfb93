"""The tags and notes of all runs, read again only where their files changed."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import NamedTuple

from probing.logs import RunFolder
from probing.logs.folders.run_marks import Marks, MarkStamp, read_marks, stamp_of

EVERY = 10  # reads: a file that is written in place leaves the time of its folder as it is


class Known(NamedTuple):
    """The marks of a run, the time of its folder and the stamp of its files when they were read."""

    folder: int
    stamp: MarkStamp
    marks: Marks


class MarksReader:
    """Reads the marks of runs; `read` is called in a thread, one at a time."""

    def __init__(self) -> None:
        self._known: dict[str, Known] = {}
        self._n_reads = 0

    def read(self, runs: Iterable[RunFolder]) -> dict[str, Marks]:
        """The marks of each run by its name."""
        is_thorough = self._n_reads % EVERY == 0
        self._n_reads += 1
        self._known = {run.name: self._of(run, is_thorough) for run in runs}
        return {name: known.marks for name, known in self._known.items()}

    def _of(self, run: RunFolder, is_thorough: bool) -> Known:
        before, folder = self._known.get(run.name), _time(run)
        if before is not None and before.folder == folder and not is_thorough:
            return before
        stamp = stamp_of(run)
        if before is not None and before.stamp == stamp:
            return before._replace(folder=folder)
        return Known(folder, stamp, read_marks(run))


def _time(run: RunFolder) -> int:
    try:
        return os.stat(run.path).st_mtime_ns  # noqa: PTH116  # Path.stat takes twice as long
    except OSError:
        return 0
