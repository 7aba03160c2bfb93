"""How the work of a run is dealt to workers, and what each of them did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from probing.events.base import Event


@dataclass(frozen=True)
class EngineStarted(Event):
    """Workers are there: so many on these `nodes`, after so long."""

    kind: ClassVar[str] = "engine_started"
    engine: str
    n_workers: int
    nodes: tuple[str, ...]
    elapsed_s: float


@dataclass(frozen=True)
class UnitDone(Event):
    """A worker did a unit of the work: some texts of a pass, or the fits of some blocks.

    It was tried so many times; `reasons` say how the tries before the last one ended.
    """

    kind: ClassVar[str] = "unit_done"
    unit: str
    node: str
    n_tries: int
    reasons: tuple[str, ...]
    elapsed_s: float


@dataclass(frozen=True)
class UnitFailed(Event):
    """No worker could do a unit, however often it was tried; its cells fail."""

    kind: ClassVar[str] = "unit_failed"
    unit: str
    n_tries: int
    reasons: tuple[str, ...]
