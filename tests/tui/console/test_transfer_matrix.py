"""The printed matrix of transfers, and how its layers are chosen."""

from __future__ import annotations

import polars as pl
import pytest

from tui.console.reports.results_table import results_table
from tui.console.reports.transfer_matrix import transfer_matrices
from tui.plot.comparisons.transfers import named_transfers

PLACE = {"run": "r", "model": "m", "site": "resid", "pooler": "mean", "classifier": "LDA"}
SCORES = {  # by what is trained on and tested on: of layers 1 and 2
    ("a", "a"): (0.9, 0.8), ("a", "b"): (0.6, 0.7), ("b", "b"): (0.7, 0.8),
    ("b", "a"): (0.65, 0.55), ("a + b", "c"): (0.5, 0.9), ("c", "c"): (0.6, 0.95),
}  # fmt: skip


def frame() -> pl.DataFrame:
    rows = [
        PLACE
        | {"dataset": tested, "trained_on": "" if trained == tested else trained}
        | {"task": "binary", "layer": layer, "control": control, "auroc": value, "accuracy": 0.5}
        | {"auroc_low": value - 0.05, "auroc_high": value + 0.05, "accuracy_low": None}
        | {"accuracy_high": None, "flags": "", "positive": "yes", "n_texts": 9, "n_groups": 9}
        for (trained, tested), values in SCORES.items()
        for control in ("", "shuffled_labels")
        for layer, value in enumerate(values, 1)
    ]
    return pl.DataFrame(rows)


def test_each_row_is_told_at_the_best_layer_of_what_is_trained_on() -> None:
    (table,) = transfer_matrices(frame(), {"a": ["a"], "b": ["b"], "a + b": ["a", "b"]})
    assert table.columns == {
        "trained on": ["b", "a", "a + b"],
        "layer": ["2", "1", "1"],
        "b": [".800 [.75, .85]*", ".600 [.55, .65]", ""],
        "a": [".550 [.50, .60]", ".900 [.85, .95]*", ""],
        "c": ["", "", ".500 [.45, .55]"],
    }
    assert table.title == "AUROC on each dataset: m · resid · mean · LDA"
    assert "by the folds of what is trained on alone" in table.caption


def test_there_is_none_without_transfers() -> None:
    own = frame().filter(pl.col("trained_on") == "")
    assert transfer_matrices(own, {}) == []


def test_the_table_of_results_tells_what_is_trained_on() -> None:
    table = results_table(frame().filter(control=""))
    assert table.columns["trained_on"].count("") == 6
    assert "trained_on" not in results_table(frame().filter(trained_on="")).columns
    named = named_transfers(named_transfers(frame()))["dataset"].unique().to_list()
    assert sorted(named) == ["a", "a + b → c", "a → b", "b", "b → a", "c"]


def test_where_there_is_no_room_the_scores_are_told_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.console.output.fits", lambda table: False)
    (table,) = transfer_matrices(frame(), {"a": ["a"], "b": ["b"], "a + b": ["a", "b"]})
    assert table.columns["b"] == [".800*", ".600", ""]
