"""Runs that wait or are paused: where they stand, who is before them, and moving them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from probing.logs import RunFolder
from probing.logs.waiting.waiting_runs import Ticket, move, place_of, tickets
from tui.texts.sanitiser import clean

GPU = "GPU-"


@dataclass(frozen=True)
class QueueSeen:
    """The runs that wait for GPUs or hold some, as they were seen last."""

    tickets: tuple[Ticket, ...] = ()

    @property
    def waiting(self) -> list[Ticket]:
        """Those that wait, the next one first."""
        return [one for one in self.tickets if one.is_waiting]

    def short(self, run: RunFolder) -> str:
        """The place of a run among those that wait: `2 of 3`; empty where it does not wait."""
        waiting = self.waiting
        at = place_of(run.path, waiting) if waiting else None
        return "" if at is None else f"{at + 1} of {len(waiting)}"

    def told(self, run: RunFolder) -> list[str]:
        """Why a run waits: its place, who goes first, and which runs hold what it wants."""
        waiting = self.waiting
        at = place_of(run.path, waiting) if waiting else None
        if at is None:
            return []
        first = [clean(one.run.name) for one in waiting[:at] if not one.wish.is_paused]
        lines = [
            f"queue: {at + 1} of {len(waiting)}" + (f", after {_some(first)}" if first else "")
        ]
        wanted = {gpu for choice in waiting[at].choices for gpu in choice}
        held = [one for one in self.tickets if wanted.intersection(one.holds)]
        others = len(wanted.difference(*(one.holds for one in held)))
        by = [f"{clean(one.run.name)} ({len(one.holds)} GPU)" for one in held]
        by += [f"{others} GPU by no run of yours"] if others else []
        return [*lines, f"held: {_some(by)}"]

    def holder(self, gpu: str) -> Path | None:
        """The run that holds the GPU of this UUID, which torch writes without its prefix."""
        bare = gpu.removeprefix(GPU)
        held = (one for one in self.tickets if bare in {id.removeprefix(GPU) for id in one.holds})
        return next((one.run for one in held), None)


def seen_now() -> QueueSeen:
    """The queue as it is."""
    return QueueSeen(tuple(tickets()))


def moved(run: RunFolder, by: int) -> Callable[[], QueueSeen]:
    """Work that moves a waiting run by so many places; raises `RunError` where it does not wait."""

    def work() -> QueueSeen:
        at = place_of(run.path, [one for one in tickets() if one.is_waiting])
        move(run, (at or 0) + by)
        return seen_now()

    return work


def _some(names: Sequence[str], most: int = 3) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
