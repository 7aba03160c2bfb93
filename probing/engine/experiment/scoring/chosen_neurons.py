"""The features that cells chose, with how often each fold chose them, as a table of a run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from probing.engine.experiment.scoring.cell_labels import cell_labels
from probing.logs import RunFolder, RunState, read_arrays
from probing.logs.details.neurons import COUNTS, places_name, scores_name
from probing.plan import Cell, Plan

if TYPE_CHECKING:
    import polars as pl


def neuron_tables(run: RunFolder, state: RunState, plan: Plan) -> Iterator[pl.DataFrame]:
    """For each cell that chose features a row for each of them, the most often chosen first."""
    cells = {cell.id: cell for cell in plan.cells}
    for block in state.blocks.values():
        arrays = read_arrays(run.parts / block.predictions, block.sha256) or {}
        for cell in block.cells:
            if places_name(cell) in arrays:
                yield counted(cells[cell], arrays[places_name(cell)], arrays[scores_name(cell)])


def counted(cell: Cell, places: np.ndarray, scores: np.ndarray) -> pl.DataFrame:
    """How often the folds chose each feature, of places and scores `[n_folds, k]`, best first."""
    import polars as pl

    n_folds, k = places.shape
    every = pl.DataFrame(
        {
            "neuron": places.reshape(-1).astype(np.int64),
            "rank": np.tile(np.arange(1, k + 1), n_folds),
            "score": scores.reshape(-1),
        }
    )
    found = every.group_by("neuron").agg(
        pl.len().cast(pl.Int64).alias("n_chosen"),
        pl.lit(n_folds, pl.Int64).alias("n_folds"),
        pl.col("rank").mean().alias("mean_rank"),
        pl.col("score").mean().alias("mean_score"),
    )
    ordered = found.sort(["n_chosen", "mean_rank", "neuron"], descending=[True, False, False])
    return ordered.select(*cell_labels(cell), *COUNTS)
