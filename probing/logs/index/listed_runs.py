"""The runs of a logs folder as a list shows them, mostly without opening a file of theirs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from probing.logs.folders.run_folder import RunFolder, list_runs
from probing.logs.index.places import index_folder
from probing.logs.index.run_list import read_run_list, write_run_list
from probing.logs.states.run_view import RunView


def listed_runs(logs: Path, runs: Sequence[RunFolder] | None = None) -> list[RunView]:
    """The runs, skimmed: all of `logs`, the latest first, or those that are given.

    What the index lacks is added to it.
    """
    folder = index_folder(logs)
    known = read_run_list(folder)
    is_all = runs is None
    found = list_runs(logs) if runs is None else runs
    views = [RunView(run, known.get(run.name)) for run in found]
    for view in views:
        view.skim()
    if is_all:
        write_run_list(folder, views, known)
    return views
