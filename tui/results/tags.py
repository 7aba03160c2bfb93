"""The runs that a filter of tags keeps."""

from __future__ import annotations

from collections.abc import Sequence

from probing.logs import RunFolder
from probing.logs.folders.run_marks import read_marks
from probing.query import fits


def tagged(runs: Sequence[RunFolder], query: str) -> frozenset[str]:
    """The names, as results have them, of the runs whose tags fulfil `query`; reads their files."""
    return frozenset(run.column_name for run in runs if fits({"tag": read_marks(run).tags}, query))
