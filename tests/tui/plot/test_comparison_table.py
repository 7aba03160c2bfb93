"""What the title of a table of differences says."""

from __future__ import annotations

from typing import Any

import polars as pl

from tui.plot.comparisons.comparison_table import comparison_table

ROW: dict[str, Any] = {
    **{"a": 0.9, "b": 0.8, "difference": 0.1, "low": 0.05, "high": 0.15, "p": 0.01, "p_holm": 0.01},
    **{"metric": "accuracy", "test": "t", "n_texts": 40, "n_groups": None, "reason": None},
}


def _title(**keys: Any) -> str:
    return str(comparison_table(pl.DataFrame([{**ROW, **keys}])).title)


def test_what_all_share_is_told_where_there_is_something_to_tell() -> None:
    title = _title(dataset="tense", trained_on="", control="", layer_a=0, layer_b=5)
    assert title == "accuracy · tense · A: layer 0 · B: layer 5"


def test_the_sides_of_a_transfer_are_told_apart() -> None:
    title = _title(dataset="tense", trained_on_a="", trained_on_b="truth", control_b="length")
    assert title == (
        "accuracy · tense · A: trained on the same dataset · B: trained on truth · B: length"
    )
