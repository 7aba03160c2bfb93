"""How the networks of finished runs were trained: losses and norms, epoch by epoch."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from probing.logs.results.closing_tables import rows_of_runs
from probing.logs.states.run_view import RunView

if TYPE_CHECKING:
    import numpy as np
    import polars as pl

CELL = ("dataset", "model", "site", "pooler", "layer", "classifier", "control")
VALUES = ("train_loss", "val_loss", "gradient_norm", "weight_norm")
FOLD = re.compile(r"\.training\.(\d+)$")


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


def epoch_rows(fold: int, names: list[str], values: Any) -> pl.DataFrame:
    """The epochs of a fold, of values `[n_epochs, 2 + 2 n_names]`; a loss that is none is empty."""
    import numpy as np
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
    return frame.with_columns(pl.col(name).fill_nan(None) for name in VALUES)


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
