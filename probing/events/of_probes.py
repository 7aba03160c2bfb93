"""What is kept of the probes of a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from probing.events.base import Event


@dataclass(frozen=True)
class ProbesSaved(Event):
    """Probes of a model on a dataset lie in the run folder, under these `names`."""

    kind: ClassVar[str] = "probes_saved"
    model: str
    dataset: str
    names: tuple[str, ...]
