"""How the networks of a run are trained, so far or at its end: cell by cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from probing.events import RunDone
from probing.logs import RunView
from probing.logs.details.training_logs import training_logs
from probing.logs.details.training_so_far import epochs_so_far, trained_so_far
from tui.runs.failures.causes import cell_name
from tui.texts.of_runs.stored_plans import planned_cells

if TYPE_CHECKING:
    import polars as pl

NONE = "No network of this run has logged its training; a spec asks for it: training_log = true"


@dataclass(frozen=True)
class Training:
    """The epochs of one cell of several, ready to draw; none where nothing was logged."""

    epochs: pl.DataFrame | None = None
    name: str = ""
    at: int = 0
    n_cells: int = 0


def training_of(view: RunView, at: int | None) -> Training:
    """The training of cell `at` of a run, None for the last one; counts from 0, and around."""
    end = view.state.end
    return _finished(_cells(view, id(end)), at) if isinstance(end, RunDone) else _so_far(view, at)


def _so_far(view: RunView, at: int | None) -> Training:
    files = trained_so_far(view)
    if not files:
        return Training()
    cells = list(files)
    at = len(cells) - 1 if at is None else at % len(cells)
    cell = cells[at]
    parts = planned_cells(view, [cell]).get(cell, {})
    epochs = epochs_so_far(view, cell, files[cell], parts)
    return Training(epochs, cell_name(parts, cell), at, len(cells))


def _finished(cells: Sequence[pl.DataFrame], at: int | None) -> Training:
    if not cells:
        return Training()
    at = 0 if at is None else at % len(cells)
    return Training(cells[at], cell_name(cells[at].row(0, named=True), ""), at, len(cells))


@lru_cache(maxsize=1)
def _cells(view: RunView, end: int) -> tuple[pl.DataFrame, ...]:
    """The cells of the run that was looked at last."""
    from tui.plot.along.training import trained_cells

    return tuple(trained_cells(training_logs([view])))
