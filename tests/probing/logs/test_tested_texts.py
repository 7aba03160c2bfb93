"""What is read of the predictions of finished runs."""

from __future__ import annotations

import polars as pl

from probing.logs.details.tested_texts import correct


def test_a_class_that_is_called_as_a_score_is_no_number() -> None:
    rows = [
        ("classes", 1.0, "1.0", "1.0"),
        ("classes", 1.0, "1.0", "0.0"),
        ("classes", 0.3, "0.0", "0.0"),
        ("no scores", None, "a", "a"),
        ("numbers", 0.25, "0.25", "0.5"),
        ("numbers", 0.5, "0.5", "0.5"),
    ]
    names = ["dataset", "score", "prediction", "target"]
    table = pl.DataFrame(rows, schema=names, orient="row")
    assert table.select(correct())["correct"].to_list() == [1, 0, 1, 1, None, None]
