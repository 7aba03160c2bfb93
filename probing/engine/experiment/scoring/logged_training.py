"""The epochs of the networks of a run as a table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from probing.engine.experiment.scoring.cell_labels import cell_labels
from probing.logs import RunFolder, RunState, read_arrays
from probing.logs.details.training_logs import FOLD, epoch_rows, parameters_name, unpacked_names
from probing.plan import Cell, Plan

if TYPE_CHECKING:
    import polars as pl


def training_tables(run: RunFolder, state: RunState, plan: Plan) -> Iterator[pl.DataFrame]:
    """For each cell that logged its training a row for each fold, epoch and parameter."""
    cells = {cell.id: cell for cell in plan.cells}
    for block in state.blocks.values():
        arrays = read_arrays(run.parts / block.predictions, block.sha256) or {}
        for name in sorted(arrays, key=_place):
            found = FOLD.search(name)
            cell = name[: found.start()] if found else ""
            if found and cell in block.cells:
                names = unpacked_names(arrays[parameters_name(cell)])
                yield epochs_of(cells[cell], int(found[1]), names, arrays[name])


def _place(name: str) -> tuple[str, int]:
    found = FOLD.search(name)
    return (name[: found.start()], int(found[1])) if found else (name, 0)


def epochs_of(cell: Cell, fold: int, names: list[str], values: Any) -> pl.DataFrame:
    """The epochs of a fold of a cell, of values `[n_epochs, 2 + 2 n_names]`."""
    rows = epoch_rows(fold, names, values)
    return rows.select(*cell_labels(cell), *rows.columns)
