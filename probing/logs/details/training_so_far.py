"""How the networks of a run under way were trained, from the blocks that are finished."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from probing.logs.arrays import map_arrays
from probing.logs.details.training_logs import (
    CELL,
    FOLD,
    epoch_rows,
    parameters_name,
    unpacked_names,
)
from probing.logs.states.run_view import RunView

if TYPE_CHECKING:
    import polars as pl


def trained_so_far(view: RunView) -> dict[str, str]:
    """The cells whose training was logged, with the file of each, in the order of the plan."""
    found: dict[str, str] = {}
    for at in sorted(view.state.blocks):
        name = view.state.blocks[at].predictions
        for array in _arrays(view, name):
            if place := FOLD.search(array):
                found[array[: place.start()]] = name
    return found


def epochs_so_far(
    view: RunView, cell: str, file: str, parts: Mapping[str, object]
) -> pl.DataFrame | None:
    """The epochs of a cell in the columns of `training_logs`; None where the file is gone.

    `parts` tell the cell: its dataset, model and so on.
    """
    import polars as pl

    arrays = _arrays(view, file)
    folds = {int(place[1]): name for name in arrays for place in [_of(cell, name)] if place}
    if not folds:
        return None
    names = unpacked_names(arrays[parameters_name(cell)])
    frame = pl.concat(epoch_rows(fold, names, arrays[name]) for fold, name in sorted(folds.items()))
    told = {"run": view.run.column_name, **{key: parts.get(key) for key in CELL}}
    kinds = {key: pl.Int64 if key == "layer" else pl.String for key in told}
    labels = (pl.lit(value, kinds[key]).alias(key) for key, value in told.items())
    return frame.select(*labels, *frame.columns)


def _of(cell: str, name: str) -> Any:
    return FOLD.search(name) if name.startswith(f"{cell}.training.") else None


def _arrays(view: RunView, file: str) -> dict[str, Any]:
    """The arrays of a finished block; none where they cannot be read, as once a run has closed."""
    try:
        return map_arrays(view.run.parts / file)
    except (OSError, ValueError, KeyError, TypeError):
        return {}
