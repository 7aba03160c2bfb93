"""The table of out-of-fold predictions."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from probing.logs import RunFolder


def test_bounds_of_probabilities_are_those_of_a_classifier_that_samples(
    run: Callable[..., RunFolder],
) -> None:
    entry = '[{name="BayesianLogistic", n_components=2, n_chains=1, n_warmup=9, n_draws=4}, "LDA"]'
    made = run(classifiers=entry, poolers="[{layer=1}]", controls="[]", n_folds="2")
    table = pl.read_parquet(made.predictions)
    drawn = table.filter(pl.col("classifier") == "BayesianLogistic")
    assert len(drawn) and drawn["probability_low"].null_count() == 0
    inside = pl.col("probability").is_between("probability_low", "probability_high")
    assert drawn.select(inside.mean()).item() > 0.8
    assert table.filter(pl.col("classifier") == "LDA")["probability_low"].is_null().all()
