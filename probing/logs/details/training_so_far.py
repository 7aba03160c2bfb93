"""How the networks of a run under way were trained: of finished blocks, and of those in hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
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


def trained_so_far(view: RunView) -> dict[str, list[Path]]:
    """The cells whose training was logged, with the files of each; those in hand come last.

    Cells of finished blocks are in the order of the plan. Of a cell in hand each process that
    trains some of its folds has a file.
    """
    done = view.state.blocks
    files = [view.run.parts / done[at].predictions for at in sorted(done)]
    over = {str(at) for at in done}
    in_hand = sorted(view.run.training_so_far.glob("*.safetensors"))
    files += [file for file in in_hand if file.stem.partition("-")[0] not in over]
    found: dict[str, list[Path]] = {}
    for file in files:
        places = [(array, FOLD.search(array)) for array in _arrays(file)]
        for cell in dict.fromkeys(array[: place.start()] for array, place in places if place):
            found.setdefault(cell, []).append(file)
    return found


def epochs_so_far(
    view: RunView, cell: str, files: Sequence[Path], parts: Mapping[str, object]
) -> pl.DataFrame | None:
    """The epochs of a cell in the columns of `training_logs`; None where the files are gone.

    `parts` tell the cell: its dataset, model and so on.
    """
    import polars as pl

    arrays = {name: array for file in files for name, array in _arrays(file).items()}
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


def _arrays(file: Path) -> dict[str, Any]:
    """The arrays of a block; none where they cannot be read, as once it is done, or the run."""
    try:
        return map_arrays(file)
    except (OSError, ValueError, KeyError, TypeError):
        return {}
