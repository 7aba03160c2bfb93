"""Find interventions among the runs of a logs folder, by name."""

from __future__ import annotations

import os
from pathlib import Path

from probing.errors import UnknownRunError
from probing.interventions.folder import InterventionFolder
from probing.logs import RunFolder, find_run, list_runs

Work = RunFolder | InterventionFolder


def list_interventions(logs: Path) -> list[InterventionFolder]:
    """All interventions in `logs`, the latest first."""
    try:
        folders = [path for path in logs.iterdir() if os.path.lexists(path / "request.json")]
    except OSError:
        return []
    found = [InterventionFolder(path) for path in folders]
    return sorted(found, key=lambda one: (_changed(one), one.name), reverse=True)


def find_work(logs: Path, name: str) -> Work:
    """The run or the intervention of that name, or the only one whose name starts with it.

    Raises `UnknownRunError` naming the nearest.
    """
    others = {one.name: one for one in list_interventions(logs)}
    if name in others:
        return others[name]
    starting = [one for known, one in others.items() if name and known.startswith(name)]
    runs = [run for run in list_runs(logs) if name and run.name.startswith(name)]
    if len(starting) == 1 and not runs:
        return starting[0]
    if starting and not any(run.name == name for run in runs):
        what = f"{name!r} matches {len(starting) + len(runs)} runs and interventions"
        raise UnknownRunError(what, where=str(logs), hint="give more of the name")
    return find_run(logs, name)


def _changed(folder: InterventionFolder) -> float:
    try:
        return folder.request.stat().st_mtime
    except OSError:
        return 0.0
