"""An explanation of a probe: what it will take, the process that makes it, and what it found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from probing.interventions.costs import Estimate, estimate_of
from probing.interventions.explained_rows import Explained
from probing.interventions.folder import InterventionFolder, folder_of, named
from probing.interventions.outcome import outcome_of
from probing.interventions.probe_directions import direction_of
from probing.interventions.requests import Explain
from probing.logs import RunFolder
from probing.probes import Card
from tui.processes.computing.intervener import followed, intervened
from tui.texts.of_runs.plans import counted, duration

SOON_S = 15.0  # what takes no longer is not asked about


@dataclass(frozen=True)
class Explaining:
    """What is asked of one direction of a probe; `estimate` is None where it is done already."""

    logs: Path
    card: Card
    request: Explain
    estimate: Estimate | None

    @property
    def cost(self) -> str:
        """What it will take, in a line."""
        if self.estimate is None:
            return "all of which is done"
        texts, told = counted(self.card.dataset.n_texts, "text"), self.estimate
        rough = "" if told.measured else ", a rough estimate"
        tokens = f"1 pass over {texts}: about {told.work.n_read:,} tokens"
        return f"{tokens}, {duration(told.seconds)}{rough}"

    @property
    def is_soon(self) -> bool:
        """Whether nobody need be asked."""
        return self.estimate is None or self.estimate.seconds <= SOON_S

    def done(self, tell: Callable[[dict[str, Any]], object]) -> Explained:
        """What it finds; starts a process where none is at work on it. `tell` is told how far it
        is. Raises what goes wrong."""
        parts = self.card.sha256, self.card.model.fingerprint
        folder = folder_of(self.logs, self.card.name, self.request, *parts)
        if not folder.rows.exists():
            is_others = RunFolder(folder.path).is_alive()
            for told in followed(folder) if is_others else intervened(folder):
                tell(told)
        found = outcome_of(folder)
        assert isinstance(found, Explained)
        return found


def explaining(logs: Path, path: Path, card: Card, class_name: str = "") -> Explaining:
    """What explaining a probe will take, by files alone; raises `ProbeError` for one without a
    direction."""
    direction_of(path, card, class_name)
    request = Explain(probe=str(path.absolute()), class_name=class_name)
    folder: InterventionFolder = named(
        logs, card.name, request, card.sha256, card.model.fingerprint
    )
    estimate = None if folder.rows.exists() else estimate_of(card, request)
    return Explaining(logs, card, request, estimate)
