"""CSV files that a spreadsheet opens hold no formulas of others."""

from __future__ import annotations

import polars as pl

from tui.texts.tables.csv_cells import without_formulas


def test_text_that_begins_as_a_formula_does_is_text() -> None:
    frame = pl.DataFrame({"a": ["=1+1", "+x", "-y", "@z", "plain", None, "a=b"], "n": [-1.5] * 7})
    safe = without_formulas(frame)
    assert safe["a"].to_list() == ["'=1+1", "'+x", "'-y", "'@z", "plain", None, "a=b"]
    assert safe["n"].equals(frame["n"]) and safe.columns == frame.columns
