"""How often predictions of a confidence are right: the reliability of the probabilities."""

from __future__ import annotations

import polars as pl

from probing.logs.details.reliability import reliability_bins
from probing.predictions.cell import Predicted

COLUMNS = ("bin_low", "bin_high", "n", "confidence", "accuracy", "accuracy_low", "accuracy_high")


def reliability(predicted: Predicted) -> pl.DataFrame:
    """A row for each bin of confidence with texts; none where there are no probabilities.

    The bins are those of the expected calibration error. `confidence` is the mean of the bin, and
    `accuracy` the share that is decided rightly, with its 95 % interval. Of one class against the
    rest they are its probability and its share (Kull et al. 2019, "Beyond temperature scaling").
    """
    kinds = [pl.Int64 if name == "n" else pl.Float64 for name in COLUMNS]
    known = predicted.frame.drop_nulls("probability")
    positive = predicted.positive
    if predicted.of_class:
        known, positive = known.with_columns(prediction=pl.lit(predicted.of_class)), ""
    rows = list(reliability_bins(known, positive)) if known.height else []
    return pl.DataFrame(rows, schema=dict(zip(COLUMNS, kinds, strict=True)), orient="row")
