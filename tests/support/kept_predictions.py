"""Predictions and texts for runs that computed none."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from probing.logs import RunFolder
from probing.plan import Cell
from tests.support.closing import tell

N_TEXTS, N_FOLDS = 24, 4
KEYS = ("dataset", "trained_on", "model", "site", "pooler", "layer", "classifier", "control")
NAMES = ("false", "true")


def keep_predictions(run: RunFolder, cells: Sequence[Cell], n_texts: int = N_TEXTS) -> None:
    """Let a finished run keep predictions of cells of a binary task, and their texts."""
    read = [cell for cell in cells if cell.site]
    tell(run, pl.concat([table_of(cell, n_texts) for cell in read]), run.predictions)
    datasets = dict.fromkeys(cell.dataset for cell in read)
    tell(run, pl.concat([texts_of(name, n_texts) for name in datasets]), run.texts)


def table_of(cell: Cell, n_texts: int = N_TEXTS) -> pl.DataFrame:
    """Rows of `predictions.parquet`: two texts to a group, the more layers the fewer mistakes."""
    draw = np.random.default_rng(int(cell.id, 16))
    text = np.arange(n_texts)
    truth = text % 2
    score = draw.normal(size=n_texts) + (2 * truth - 1) * 0.2 * (cell.layer or 0)
    labels = {name: [getattr(cell, name)] * n_texts for name in KEYS}
    decided = {
        "text": text.astype(np.int32),
        "fold": (text // 2 % N_FOLDS).astype(np.int16),
        "score": score,
        "prediction": [NAMES[int(one > 0)] for one in score],
        "target": [NAMES[one] for one in truth],
        "probability": 1 / (1 + np.exp(-score)),
        "group": (text // 2).astype(np.int32),
        "start": pl.Series([None] * n_texts, dtype=pl.Int32),
        "end": pl.Series([None] * n_texts, dtype=pl.Int32),
    }
    return pl.DataFrame({**labels, **decided}, schema_overrides={"layer": pl.Int64})


def texts_of(dataset: str, n_texts: int = N_TEXTS) -> pl.DataFrame:
    """Rows of `texts.parquet`."""
    texts = [
        f"Text {at} of {dataset}.\n" + "Some words to scroll over.\n" * 30 for at in range(n_texts)
    ]
    columns = {"dataset": [dataset] * n_texts, "text": range(n_texts), "content": texts}
    return pl.DataFrame(columns, schema_overrides={"text": pl.Int32})
