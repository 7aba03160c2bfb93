"""Results of probes that are tested on other datasets, as rows that can be filtered."""

from __future__ import annotations

import polars as pl
import pytest

from probing.logs.results.tables import result_schema
from tui.results.view import Wish, drawn_of, shown_of

PLACE = {"run": "r", "task": "binary", "model": "m", "site": "resid", "pooler": "mean"}


@pytest.fixture
def frame() -> pl.DataFrame:
    rows = [
        PLACE
        | {"dataset": tested, "trained_on": trained, "layer": layer, "classifier": "LDA"}
        | {"control": control, "n_folds": 5, "n_texts": 9, "flags": "", "positive": "yes"}
        | {"accuracy": value + 0.1 * layer - 0.2 * bool(control)}
        for tested, trained, value in (("a", "", 0.7), ("b", "", 0.6), ("b", "a", 0.5))
        for layer in (1, 2)
        for control in ("", "shuffled_labels")
    ]
    rows += [
        PLACE
        | {"dataset": "b", "trained_on": trained, "model": "", "site": "", "pooler": ""}
        | {"layer": None, "classifier": "LDA", "control": "majority", "n_folds": 5}
        | {"n_texts": 9, "flags": "", "positive": "yes", "accuracy": value}
        for trained, value in (("", 0.45), ("a", 0.4))
    ]
    return pl.DataFrame(rows, schema=result_schema())


def test_a_row_names_both_datasets_and_has_its_own_controls(frame: pl.DataFrame) -> None:
    shown = shown_of(frame, Wish())
    at = [column.title for column in shown.rows.columns].index("dataset")
    named = {line.texts[at]: line.texts for line in shown.rows.lines}
    assert list(named) == ["a", "b", "a → b"]
    assert ".400" in named["a → b"] and ".450" not in named["a → b"]
    assert ".450" in named["b"] and ".400" not in named["b"]


def test_the_filter_takes_the_columns_of_the_results(frame: pl.DataFrame) -> None:
    for query, n in (
        ("trained_on=a", 1),
        ("trained_on!=", 1),
        ("trained_on=", 2),
        ("dataset=b", 2),
    ):
        shown = shown_of(frame, Wish(query=query))
        assert len(shown.rows.lines) == n, query
        assert set(shown.frame["dataset"]) <= {"a", "b"}
    (line,) = shown_of(frame, Wish(query="trained_on=a")).rows.lines
    shown = shown_of(frame, Wish())
    drawn = drawn_of(shown, line.key, [])
    assert [(one.key[1], one.control) for one in drawn.series] == [
        ("a → b", ""), ("a → b", "majority"), ("a → b", "shuffled_labels")
    ]  # fmt: skip
