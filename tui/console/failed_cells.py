"""What is said of cells that fail: each reason once, with how many cells share it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from probing.events import CellFailed, Event, RunCancelled, RunDone, RunFailed
from probing.logs import RunView
from tui.texts.of_runs.plans import counted
from tui.texts.of_runs.stored_plans import whole_plan

MOST_REASONS = 10
OTHERS = "other reasons"


class FailedCells:
    """Remembers the reasons that were told; cells that share one later are counted at the end."""

    def __init__(self) -> None:
        self._told: set[str] = set()
        self._more: Counter[str] = Counter()

    def before(
        self, events: Sequence[Event], view: RunView
    ) -> Iterator[tuple[Event, Sequence[str]]]:
        """Each event of a batch, with what is to be said of failed cells in its place."""
        here = Counter(one.reason for one in events if isinstance(one, CellFailed))
        counted_here = set[str]()
        for event in events:
            said: Sequence[str] = ()
            if isinstance(event, CellFailed):
                if event.reason not in self._told and len(self._told) < MOST_REASONS:
                    self._told.add(event.reason)
                    counted_here.add(event.reason)
                    said = (_sentence(event, here[event.reason], view),)
                elif event.reason not in counted_here:
                    self._more[event.reason if event.reason in self._told else OTHERS] += 1
            elif isinstance(event, (RunDone, RunFailed, RunCancelled)):
                said = [f"{counted(n, 'more cell')} failed: {why}" for why, n in self._more.items()]
                self._more.clear()
            yield event, said


def _sentence(event: CellFailed, n: int, view: RunView) -> str:
    more = f" and {counted(n - 1, 'more cell')}" if n > 1 else ""
    return f"failed: {cell_name(event.cell, view)}{more}: {event.reason}"


def cell_name(cell: str, view: RunView) -> str:
    """A cell of the plan in words."""
    cells = whole_plan(view).get("cells", [])
    found = (one for one in cells if one.get("id") == cell) if isinstance(cells, list) else ()
    for one in found:
        layer = "" if one.get("layer") is None else f"layer {one['layer']}"
        keys = ("trained_on", "dataset", "model", "site", "pooler")
        parts = [*(one.get(key) for key in keys), layer, one.get("classifier"), one.get("control")]
        return " · ".join(str(part) for part in parts if part)
    return f"cell {cell}"
