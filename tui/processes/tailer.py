"""Follow runs through their files: one scan gives every run its new events."""

from __future__ import annotations

import os
from pathlib import Path

from probing.logs import RunFolder, RunView
from probing.logs.folders.plain_files import opened
from probing.logs.folders.run_folder import is_run
from probing.logs.index.places import index_folder
from probing.logs.index.run_list import read_run_list, write_run_list
from probing.logs.states.endings import Ending
from probing.logs.states.run_view import Kept, News

Seen = list[tuple[RunView, "Ending | News | Kept | None"]]


class Tailer:
    """Every run of a logs folder, live and past; `scan` reads only what is new.

    Of runs that are over, no folds are kept; what their list shows is taken from the index, and
    what it lacks is added to it.
    """

    def __init__(self, logs: Path) -> None:
        self.logs = logs
        self.views: dict[str, RunView] = {}
        self.has_looked = False
        self._known: dict[str, Kept] | None = None
        self._is_news = False

    def scan(self) -> list[str]:
        """Read new runs and new events; returns the names of runs that changed."""
        return self.take(self.read())

    def read(self) -> Seen:
        """What is new in the files; changes nothing, so a thread may call it."""
        if self._known is None:
            self._known = read_run_list(index_folder(self.logs))
        elif self._is_news:
            self._is_news, folder = False, index_folder(self.logs)
            self._known = write_run_list(folder, self.views.values(), self._known)
        return [(view, view.look()) for view in self._views()]

    def _views(self) -> list[RunView]:
        """All runs; of those that are known only whether they are still there is asked."""
        try:
            with os.scandir(self.logs) as entries:
                names = [entry.name for entry in entries]
        except OSError:
            return []
        new = ((self.logs / name, name) for name in names if name not in self.views)
        followed = [self.views[name] for name in names if name in self.views]
        known = self._known or {}
        runs = ((path, known.get(name)) for path, name in new if name in known or is_run(path))
        made = (RunView(RunFolder(path), kept) for path, kept in runs)
        return [*followed, *made]

    def take(self, seen: Seen) -> list[str]:
        """Fold in what was read; returns the names of runs that changed."""
        before, changed, views = self.views, list[str](), dict[str, RunView]()
        for view, news in seen:
            name = view.run.name
            views[name] = view
            is_changed = news is not None and view.take_in(news)
            if is_changed or name not in before:
                changed.append(name)
            self._is_news |= news is not None and _is_over(news)
        gone = sorted(before.keys() - views.keys())
        self._is_news |= bool(gone)
        self.views, self.has_looked = views, True
        return [*changed, *gone]


def _is_over(news: Ending | News | Kept) -> bool:
    """Whether it is news to the index."""
    return isinstance(news, Ending) or (isinstance(news, News) and not news.has_folds)


def tail(path: Path, n_lines: int = 200, n_bytes: int = 65536) -> list[str]:
    """The last lines of a text file."""
    try:
        with opened(path) as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - n_bytes))
            text = file.read().decode("utf-8", errors="replace")
    except OSError:
        return []
    return text.splitlines()[-n_lines:]
