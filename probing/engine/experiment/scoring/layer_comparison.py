"""Compare each cell of a pass with that of the layer below it, and its folds with each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from probing.engine.experiment.run_writer import Store
from probing.engine.experiment.scoring.stability import (
    agreement,
    arrays_of,
    cosine_of_folds,
    cosine_of_layers,
)
from probing.events import LayersCompared
from probing.metric_names import STABILITY
from probing.plan import Cell, PlannedPass

NO_DIRECTION = "no direction: the classifier is not linear, or its weights cannot be told"
ONE_FEATURE = "no direction: every fold draws a feature of its own"
PREDICTED = ("fold", "text", "prediction")


def compare_layers(store: Store, one: PlannedPass) -> None:
    """Log how stable the series of a pass are whose cells are done; what is logged stays."""
    arrays = {
        cell: held
        for block in one.blocks
        if (done := store.state.blocks.get(block.at)) is not None
        for held in [store.arrays(done)]
        for cell in done.cells
    }
    for cells in _series(one):
        there = [cell for cell in cells if cell.id in arrays]
        if there and cells[0].id not in store.state.stability:
            store.emit([_compared(cells, arrays)])


def _series(one: PlannedPass) -> list[list[Cell]]:
    """The cells of each series in the order of their layers."""
    found: dict[tuple[Any, ...], list[Cell]] = defaultdict(list)
    for block in one.blocks:
        for cell in block.cells:
            found[cell.site, cell.pooler, cell.classifier, cell.control].append(cell)
    return [
        sorted(cells, key=lambda cell: -1 if cell.layer is None else cell.layer)
        for cells in found.values()
    ]


def _compared(cells: Sequence[Cell], arrays: Mapping[str, Mapping[str, Any]]) -> LayersCompared:
    by_layer = {cell.layer: cell for cell in cells if cell.layer is not None}
    rows = []
    for cell in cells:
        below = by_layer.get(cell.layer - 1) if cell.layer is not None else None
        rows.append(_row(cell, below, arrays))
    columns = zip(*rows, strict=True)
    return LayersCompared(
        cells=tuple(cell.id for cell in cells),
        values={name: list(column) for name, column in zip(STABILITY, columns, strict=True)},
        reasons={
            cell.id: ONE_FEATURE if cell.control == "random_direction" else NO_DIRECTION
            for cell in cells
            if cell.id in arrays and f"{cell.id}.directions" not in arrays[cell.id]
        },
    )


def _row(
    cell: Cell, below: Cell | None, arrays: Mapping[str, Mapping[str, Any]]
) -> tuple[float | None, ...]:
    """The columns of a cell, in the order of `STABILITY`."""
    own = _directions(arrays, cell)
    folds = None if own is None else cosine_of_folds(own)
    if below is None:
        return folds, None, None, None
    layers = cosine_of_layers(_directions(arrays, below), own)
    predicted = [_of(arrays, each, PREDICTED) for each in (below, cell)]
    if cell.task == "regression" or predicted[0] is None or predicted[1] is None:
        return folds, layers, None, None
    return folds, layers, *agreement(predicted[0], predicted[1])


def _directions(arrays: Mapping[str, Mapping[str, Any]], cell: Cell) -> NDArray[np.float32] | None:
    return arrays.get(cell.id, {}).get(f"{cell.id}.directions")


def _of(
    arrays: Mapping[str, Mapping[str, Any]], cell: Cell, names: Sequence[str]
) -> dict[str, Any] | None:
    return arrays_of(arrays[cell.id], cell.id, names) if cell.id in arrays else None
