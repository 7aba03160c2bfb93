"""The places of the app, each made on first use; it opens in the one where its user left."""

from __future__ import annotations

from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from textual.binding import Binding
from textual.widget import Widget

from tui.processes.tailer import Tailer

if TYPE_CHECKING:
    from tui.compose.screen import ComposePane

TITLES = {
    "compose": "Compose",
    "runs": "Runs",
    "results": "Results",
    "probes": "Probes",
    "datasets": "Datasets",
    "models": "Models",
}


class Places:
    """Makes the panes; some of them know the draft of Compose, and its facts."""

    def __init__(self, tailer: Tailer, base: Path) -> None:
        self._tailer, self._base = tailer, base

    @cached_property
    def composer(self) -> ComposePane:
        """Compose, which holds the draft whether it was shown or not."""
        # what it plans with: 0.2 s, which who comes back to another place does not wait for
        from tui.compose import last_spec
        from tui.compose.screen import ComposePane

        return ComposePane(self._base, last_spec.read(self._base), id="compose")

    @property
    def has_composer(self) -> bool:
        """Whether Compose was made."""
        return "composer" in vars(self)

    def make(self, place: str) -> Widget:
        """The pane of a place."""
        if place == "compose":
            return self.composer
        if place == "datasets":
            from tui.datasets.screen import DatasetsPane

            return DatasetsPane(self.composer.book, lambda: self.composer.draft, id=place)
        if place == "models":
            from tui.models.screen import ModelsPane

            return ModelsPane(self.composer.book, lambda: self.composer.draft, id=place)
        # Polars: about 0.3 s, only who looks at runs pays; plotext comes with the first curve
        if place == "runs":
            from tui.runs.screen import RunsPane

            return RunsPane(self._tailer, id=place)
        if place == "probes":
            from tui.probes.screen import ProbesPane

            return ProbesPane(self._tailer, id=place)
        from tui.results.screen import ResultsPane

        return ResultsPane(self._tailer, id=place)


def bindings_of(place: str) -> list[Binding]:
    """The keys of a place, which need not be made for it."""
    if place == "compose":
        from tui.compose.screen import ComposePane

        keys = ComposePane.BINDINGS
    else:
        keys = import_module(f"tui.{place}.keys_and_layout").KEYS
    return [one for one in keys if isinstance(one, Binding)]
