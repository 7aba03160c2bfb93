"""Follow runs through their files: one scan gives every run its new events."""

from __future__ import annotations

from pathlib import Path

from probing.logs import RunView, list_runs


class Tailer:
    """Every run of a logs folder, live and past; `scan` reads only what is new."""

    def __init__(self, logs: Path) -> None:
        self.logs = logs
        self.views: dict[str, RunView] = {}

    def scan(self) -> list[str]:
        """Read new runs and new events; returns the names of runs that changed."""
        changed = []
        folders = list_runs(self.logs)
        for run in folders:
            view = self.views.setdefault(run.name, RunView(run))
            if view.update():
                changed.append(run.name)
        for name in set(self.views) - {run.name for run in folders}:
            del self.views[name]
            changed.append(name)
        return changed

    def latest_first(self) -> list[RunView]:
        """All runs, the latest first."""
        return [self.views[run.name] for run in list_runs(self.logs) if run.name in self.views]


def tail(path: Path, n_lines: int = 200, n_bytes: int = 65536) -> list[str]:
    """The last lines of a text file."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - n_bytes))
            text = file.read().decode("utf-8", errors="replace")
    except OSError:
        return []
    return text.splitlines()[-n_lines:]
