"""The table of out-of-fold predictions, which is written at the end of a run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from probing.engine.experiment.scoring.cell_labels import cell_labels, sayable
from probing.engine.experiment.scoring.frames_in_parts import pieces
from probing.engine.experiment.scoring.predictions import BOUNDS, is_kept
from probing.engine.experiment.scoring.tested_texts import TestedTexts
from probing.logs import RunFolder, RunState, read_arrays
from probing.logs.details.prediction_rows import CLASS_SCORES
from probing.plan import Cell, Plan

if TYPE_CHECKING:
    import polars as pl

COLUMNS = ("text", "fold", "score", "prediction", "target", "probability", *BOUNDS, "group")


def tables(
    run: RunFolder,
    state: RunState,
    plan: Plan,
    classes: Mapping[str, Sequence[str]],
    texts: TestedTexts,
) -> Iterator[pl.DataFrame]:
    """For each cell one row per text tested: fold, score, prediction, target, probability, group.

    Those of a cell come some at a time.

    Of several classes the scores of all follow, and their names, where they were kept. A
    classifier that samples gives the ends of an interval of 95 % beside the probability. Where
    rows are parts of texts, the characters of each follow.

    `prediction` and `target` are class names for classification and numbers as text for
    regression, where `prediction` equals `score`.
    """
    cells = {cell.id: cell for cell in plan.cells}
    several = any(is_kept(cell.task, len(classes[cell.dataset])) for cell in plan.cells)
    for block in state.blocks.values():
        arrays = read_arrays(run.parts / block.predictions, block.sha256) or {}
        for cell in block.cells:
            if f"{cell}.text" in arrays:
                for some in pieces(len(arrays[f"{cell}.text"])):
                    own = {name: arrays[name][some] for name in _names(cell) if name in arrays}
                    frame = _frame(cells[cell], own, classes[cells[cell].dataset], several)
                    yield frame.with_columns(_marks(frame, texts, cells[cell].dataset))


def _names(cell: str) -> list[str]:
    """The arrays of a cell that have a row for each text."""
    return [f"{cell}.{column}" for column in (*COLUMNS, CLASS_SCORES)]


def _marks(frame: pl.DataFrame, texts: TestedTexts, dataset: str) -> Iterator[pl.Series]:
    """What the row of every prediction marks in its text."""
    import polars as pl

    spans = texts.spans(dataset)
    for end in texts.marks:
        if spans is None or end not in spans.columns:
            yield pl.Series(end, [None] * len(frame), dtype=pl.Int32)
        else:
            yield spans[end].gather(frame["text"])


def _frame(
    cell: Cell,
    arrays: Mapping[str, NDArray[np.generic]],
    classes: Sequence[str],
    has_class_scores: bool,
) -> pl.DataFrame:
    import polars as pl

    n_rows = len(arrays[f"{cell.id}.text"])
    frame = pl.DataFrame(
        {name: arrays.get(f"{cell.id}.{name}", [None] * n_rows) for name in COLUMNS}
    ).with_columns(
        pl.col("probability", *BOUNDS).cast(pl.Float64).fill_nan(None),
        pl.col("group").cast(pl.Int32),
    )
    if cell.task == "regression":
        named = [
            pl.col("score").cast(pl.String).alias("prediction"),
            pl.col("target").cast(pl.String),
        ]
    else:
        names = pl.Series("names", list(map(sayable, classes)), dtype=pl.String)
        named = [
            pl.lit(names).gather(pl.col("prediction").cast(pl.Int64)).alias("prediction"),
            pl.lit(names).gather(pl.col("target").cast(pl.Int64)).alias("target"),
        ]
    if not has_class_scores:
        return frame.with_columns(named).select(*cell_labels(cell), *COLUMNS)
    kept = _class_scores(arrays.get(f"{cell.id}.{CLASS_SCORES}"), classes, n_rows)
    return frame.with_columns(named).select(*cell_labels(cell), *COLUMNS, *kept)


def _class_scores(
    scores: NDArray[np.generic] | None, classes: Sequence[str], n_rows: int
) -> tuple[pl.Series, pl.Series]:
    """The scores of all classes as a list in each row, and the names of the classes."""
    import polars as pl

    if scores is None:
        empty = [None] * n_rows
        return (
            pl.Series(CLASS_SCORES, empty, pl.List(pl.Float32)),
            pl.Series("classes", empty, pl.List(pl.String)),
        )
    names = [list(map(sayable, classes))]
    return (
        pl.Series(CLASS_SCORES, scores).cast(pl.List(pl.Float32)),
        pl.Series("classes", names, pl.List(pl.String)).new_from_index(0, n_rows),
    )
