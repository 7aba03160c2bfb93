"""A working folder to type in: datasets, a model, a spec and runs of every kind."""

from __future__ import annotations

import shutil
from pathlib import Path

from probing.logs import RunFolder
from tests.support.compose_base import make_base
from tests.support.fake_runs import FakeRuns, Shape
from tests.support.kept_predictions import keep_predictions
from tests.support.saved_probes import save_probes
from tui.app import ProbeApp
from tui.results.arranged.saved_views import views_path


class World:
    """A working folder that is made anew for each app in it."""

    def __init__(self, folder: Path) -> None:
        self.base, self._kept, self._state = folder / "work", folder / "kept", folder / "state"
        self._taken: list[str] = []
        make_base(self._kept)
        (self._kept / "s.toml").write_text('name = "old"\n')
        self.runs = FakeRuns(self._kept / "logs")
        shape = Shape(classifiers=("LDA", "LogisticRegression"), n_layers=3)
        keep_predictions(self.runs.finished("done", shape), shape.cells())
        self.runs.finished("two", Shape(("truth", "lies"), n_layers=3))
        save_probes(self._kept / "logs", "done")
        self.runs.with_failed_cells("partly")
        self.runs.cancelled("stopped")

    def app(self) -> ProbeApp:
        """The app in the folder as it was made, with a run under way."""
        self.runs.close()
        for past in (self.base, self._state):
            shutil.rmtree(past, ignore_errors=True)
        views_path().unlink(missing_ok=True)
        shutil.copytree(self._kept, self.base)
        self.runs.logs = self.base / "logs"
        self.runs.live("under-way", n_blocks=2, shape=Shape(n_layers=3))
        self._taken.clear()
        return ProbeApp(self.base / "logs", self.base)

    def take(self, run: RunFolder) -> None:
        """Note a run that was started or cancelled."""
        self._taken.append(run.name)

    def left(self) -> dict[str, object]:
        """What was saved, started and cancelled."""
        files = [one for one in sorted(self.base.iterdir()) if one.is_file()]
        return {"files": {one.name: one.read_text() for one in files}, "runs": list(self._taken)}
