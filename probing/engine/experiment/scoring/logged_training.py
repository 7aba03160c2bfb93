"""The epochs of the networks of a run as a table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from probing.engine.experiment.scoring.cell_labels import cell_labels
from probing.logs import RunFolder, RunState, read_arrays
from probing.logs.training_logs import VALUES, parameters_name, unpacked_names
from probing.plan import Cell, Plan

if TYPE_CHECKING:
    import polars as pl

_FOLD = re.compile(r"\.training\.(\d+)$")


def training_tables(run: RunFolder, state: RunState, plan: Plan) -> Iterator[pl.DataFrame]:
    """For each cell that logged its training a row for each fold, epoch and parameter."""
    cells = {cell.id: cell for cell in plan.cells}
    for block in state.blocks.values():
        arrays = read_arrays(run.parts / block.predictions, block.sha256) or {}
        for name in sorted(arrays, key=_place):
            found = _FOLD.search(name)
            cell = name[: found.start()] if found else ""
            if found and cell in block.cells:
                names = unpacked_names(arrays[parameters_name(cell)])
                yield epochs_of(cells[cell], int(found[1]), names, arrays[name])


def _place(name: str) -> tuple[str, int]:
    found = _FOLD.search(name)
    return (name[: found.start()], int(found[1])) if found else (name, 0)


def epochs_of(cell: Cell, fold: int, names: list[str], values: Any) -> pl.DataFrame:
    """The epochs of a fold, of values `[n_epochs, 2 + 2 n_names]`; a loss that is none is empty."""
    import polars as pl

    n_epochs, n = len(values), len(names)
    numbers = np.asarray(values, dtype=np.float64)
    columns = (numbers[:, :1], numbers[:, 1:2], numbers[:, 2 : 2 + n], numbers[:, 2 + n :])
    told = {
        name: np.broadcast_to(one, (n_epochs, n)).reshape(-1)
        for name, one in zip(VALUES, columns, strict=True)
    }
    frame = pl.DataFrame(
        {
            "fold": np.full(n_epochs * n, fold, dtype=np.int64),
            "epoch": np.repeat(np.arange(1, n_epochs + 1), n),
            "parameter": names * n_epochs,
            **told,
        }
    )
    known = frame.with_columns(pl.col(name).fill_nan(None) for name in VALUES)
    return known.select(*cell_labels(cell), *frame.columns)
