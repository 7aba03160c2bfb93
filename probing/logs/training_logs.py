"""How the networks of finished runs were trained: losses and norms, epoch by epoch."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from probing.logs.closing_tables import rows_of_runs
from probing.logs.run_view import RunView

if TYPE_CHECKING:
    import numpy as np
    import polars as pl

CELL = ("dataset", "model", "site", "pooler", "layer", "classifier", "control")
VALUES = ("train_loss", "val_loss", "gradient_norm", "weight_norm")


def epochs_name(cell: str, fold: int) -> str:
    """The name of the array of the epochs of a fold."""
    return f"{cell}.training.{fold}"


def parameters_name(cell: str) -> str:
    """The name of the array of the names of what a cell trains."""
    return f"{cell}.trained"


def packed_names(names: Sequence[str]) -> np.ndarray[Any, Any]:
    """Names as an array of bytes."""
    import numpy as np

    return np.frombuffer(json.dumps(list(names)).encode(), dtype=np.uint8)


def unpacked_names(array: np.ndarray[Any, Any]) -> list[str]:
    """The names that an array of bytes holds."""
    return [str(name) for name in json.loads(bytes(array.tobytes()))]


def training_logs(
    views: Iterable[RunView], warn: Callable[[str], object] = lambda line: None
) -> pl.DataFrame:
    """For each fold, epoch and trained parameter of finished cells a row, where that was logged.

    `train_loss` and `val_loss` are those of the epoch, `gradient_norm` and `weight_norm` those of
    the parameter. Of a run whose `training.parquet` cannot be used `warn` is told.
    """
    return rows_of_runs(views, lambda run: run.training, _schema(), warn)


def _schema() -> dict[str, Any]:
    import polars as pl

    cell = {key: pl.Int64 if key == "layer" else pl.String for key in CELL}
    places = {"fold": pl.Int64, "epoch": pl.Int64, "parameter": pl.String}
    return {"run": pl.String, **cell, **places, **dict.fromkeys(VALUES, pl.Float64)}
