"""The places; makes all but Compose on first use."""

from __future__ import annotations

from textual.widget import Widget

from tui.processes.tailer import Tailer

TITLES = {"compose": "Compose", "runs": "Runs", "results": "Results", "probes": "Probes"}


def make_place(place: str, tailer: Tailer) -> Widget:
    """The pane of Runs, Results or Probes."""
    # Polars and plotext: about 0.4 s, only who looks at runs pays
    if place == "runs":
        from tui.runs.screen import RunsPane

        return RunsPane(tailer, id=place)
    if place == "probes":
        from tui.probes.screen import ProbesPane

        return ProbesPane(tailer, id=place)
    from tui.results.screen import ResultsPane

    return ResultsPane(tailer, id=place)
