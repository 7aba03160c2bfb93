"""The texts that a cell gets most wrong, the most confident mistakes first."""

from __future__ import annotations

import numpy as np
import polars as pl

from probing.predictions.cell import Numbers, Predicted
from probing.predictions.scores import thresholds

COLUMNS = ("text", "fold", "group", "target", "prediction", "score", "confidence", "error")


def most_wrong(predicted: Predicted) -> pl.DataFrame:
    """The texts that were decided wrongly, the surest first; of regression all, the farthest first.

    Columns: `text` (row number of the dataset), `fold`, `group`, `target`, `prediction`, `score`,
    `confidence` (the probability of the class decided for) and `error` (predicted less true
    number). Where there are no probabilities, those whose score is farthest from what its fold
    decides by come first.
    """
    frame = listed(predicted)
    if predicted.task == "regression":
        return frame.sort(pl.col("error").abs(), descending=True, nulls_last=True)
    wrong = frame.with_columns(pl.Series("sure", _sureness(predicted))).filter(~predicted.right)
    # of those that are as sure as numbers can say, the farther scores
    by = ["sure", pl.col("score").abs(), "text"]
    return wrong.sort(by, descending=[True, True, False], nulls_last=True).drop("sure")


def listed(predicted: Predicted) -> pl.DataFrame:
    """What is told of each text that was tested."""
    frame, is_number = predicted.frame, predicted.task == "regression"
    no_number = pl.lit(None, pl.Float64)
    confidence = pl.Series("confidence", predicted.confidence).fill_nan(None)
    error = pl.Series("error", predicted.scores - predicted.numbers) if is_number else no_number
    told = frame.with_columns(
        confidence=no_number if is_number else confidence,
        error=error,
        group=pl.col("group").cast(pl.Int64),
        text=pl.col("text").cast(pl.Int64),
        fold=pl.col("fold").cast(pl.Int64),
    )
    return told.select(COLUMNS)


def _sureness(predicted: Predicted) -> Numbers:
    if predicted.has_probabilities:
        return predicted.confidence
    if predicted.task != "binary":
        return predicted.scores
    values = {one.fold: one.value for one in thresholds(predicted)}
    own = np.array([values.get(fold, 0.0) for fold in predicted.folds.tolist()])
    sure: Numbers = np.abs(predicted.scores - own)
    return sure
