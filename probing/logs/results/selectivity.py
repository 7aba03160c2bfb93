"""Selectivity: how much better a probe is on its task than on the control task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from probing.metric_names import default_metric

if TYPE_CHECKING:
    import polars as pl

COLUMN = "selectivity"
_PLACE = ("run", "dataset", "trained_on", "task", "model", "site", "pooler", "layer", "classifier")


def with_selectivity(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with a column `selectivity`: of each row of a task, its score less the control's.

    By the first metric of the task: accuracy, or R² (Hewitt and Liang 2019). Empty where there is
    no control task.
    """
    import polars as pl

    score = pl.when(pl.col("task") == "regression").then(default_metric("regression"))
    scored = frame.with_columns(score.otherwise(default_metric("binary")).alias(COLUMN))
    controls = scored.filter(control="control_task").select(*_PLACE, COLUMN)
    joined = scored.join(
        controls, on=_PLACE, how="left", nulls_equal=True, suffix="_control", maintain_order="left"
    )
    told = pl.when(pl.col("control") == "").then(pl.col(COLUMN) - pl.col(f"{COLUMN}_control"))
    return joined.with_columns(told.alias(COLUMN)).drop(f"{COLUMN}_control")
