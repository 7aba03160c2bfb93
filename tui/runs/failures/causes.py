"""Why cells of a run failed: those of one cause together, each with its name in the plan."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from probing.logs import RunView
from probing.logs.states.event_log import read_on
from probing.logs.states.state import RunState
from tui.texts.names import shown_name
from tui.texts.of_runs.stored_plans import planned_cells

_FOLD = re.compile(r"^fold \d+: ")


@dataclass(frozen=True)
class FailedCell:
    """A cell that has failed: its id, its name, and what it said."""

    cell: str
    name: str
    reason: str


@dataclass(frozen=True)
class Cause:
    """What made cells fail, and which."""

    told: str
    cells: tuple[FailedCell, ...]


def causes_of(view: RunView, failures: Mapping[str, str] | None) -> list[Cause]:
    """The causes of the `failures` of a run, that of most cells first; None has the log read."""
    if failures is None:
        state = RunState()
        state.take(read_on(view.run.events, has_folds=False).logged)
        failures = state.failures
    names = planned_cells(view, failures)
    found = defaultdict(list)
    for cell, reason in failures.items():
        one = FailedCell(cell, cell_name(names.get(cell), cell), reason)
        found[_FOLD.sub("", reason)].append(one)
    causes = [Cause(told, tuple(cells)) for told, cells in found.items()]
    return sorted(causes, key=lambda one: -len(one.cells))


def cell_name(cell: Mapping[str, object] | None, otherwise: str) -> str:
    """A cell by its parts: `gpt2 · capitals · LDA · layer 3 · mean`."""
    if cell is None:
        return shown_name(otherwise)
    layer = "" if cell.get("layer") is None else f"layer {cell['layer']}"
    keys = [cell.get(key) for key in ("model", "trained_on", "dataset", "classifier")]
    parts = (*keys, layer, cell.get("pooler"), cell.get("control"))
    return " · ".join(shown_name(part) for part in parts if part)


def n_cells(causes: Sequence[Cause]) -> int:
    """How many cells failed."""
    return sum(len(cause.cells) for cause in causes)
