"""The places of the app; makes each on first use."""

from __future__ import annotations

from importlib import import_module

from textual.binding import Binding
from textual.widget import Widget

from tui.compose.screen import ComposePane
from tui.processes.tailer import Tailer

TITLES = {
    "compose": "Compose",
    "runs": "Runs",
    "results": "Results",
    "probes": "Probes",
    "datasets": "Datasets",
    "models": "Models",
}


def make_place(place: str, tailer: Tailer, composer: ComposePane) -> Widget:
    """The pane of any place but Compose, of which some know the draft and its facts."""
    if place == "datasets":
        from tui.datasets.screen import DatasetsPane

        return DatasetsPane(composer.book, lambda: composer.draft, id=place)
    if place == "models":
        from tui.models.screen import ModelsPane

        return ModelsPane(composer.book, lambda: composer.draft, id=place)
    # Polars: about 0.3 s, only who looks at runs pays; plotext comes with the first curve
    if place == "runs":
        from tui.runs.screen import RunsPane

        return RunsPane(tailer, id=place)
    if place == "probes":
        from tui.probes.screen import ProbesPane

        return ProbesPane(tailer, id=place)
    from tui.results.screen import ResultsPane

    return ResultsPane(tailer, id=place)


def bindings_of(place: str) -> list[Binding]:
    """The keys of a place, which need not be made for it."""
    if place == "compose":
        keys = ComposePane.BINDINGS
    else:
        keys = import_module(f"tui.{place}.keys_and_layout").KEYS
    return [one for one in keys if isinstance(one, Binding)]
