"""Cells in rows and columns, against plain loops."""

from __future__ import annotations

import polars as pl
import pytest

from probing.logs import RunView
from probing.logs.results.tables import results
from tests.support.fake_runs import FakeRuns, Shape
from tui.plot.axis import short
from tui.results.pivot import PivotWish, first_wish, needed, of_choices, parts_in, pivoted

SHAPE = Shape(
    models=("one", "two"), poolers=("mean", "first"), classifiers=("LDA", "Ridge"), n_layers=3
)


@pytest.fixture(scope="module")
def frame(tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    view = RunView(FakeRuns(tmp_path_factory.mktemp("logs")).finished("run", SHAPE))
    view.skim()
    return results([view]).select(needed("accuracy"))


def cells(frame: pl.DataFrame, **parts: object) -> list[dict[str, object]]:
    return [
        row
        for row in frame.iter_rows(named=True)
        if not row["control"] and all(row[name] == value for name, value in parts.items())
    ]


def test_what_differs_is_offered_first(frame: pl.DataFrame) -> None:
    assert parts_in(frame) == ["model", "pooler", "classifier", "layer"]
    assert first_wish(frame) == PivotWish(("model", "classifier"), "layer")
    assert of_choices("model", "-", "model", "mean") == PivotWish(("run",), "model", "mean")


def test_a_picked_cell_is_said_to_be_picked_and_has_its_layer(frame: pl.DataFrame) -> None:
    table = pivoted(frame, "accuracy", PivotWish(("model",), "classifier"))
    best = max(cells(frame, model="one", classifier="LDA"), key=lambda row: row["accuracy"])  # type: ignore[arg-type,return-value]
    told = table.columns["LDA"][table.columns["model"].index("one")]
    assert told.startswith(short(best["accuracy"], 3)) and told.endswith(f"at {best['layer']}")  # type: ignore[arg-type]
    assert "picked after looking" in table.caption and "up to 8" in table.caption
    assert "differ in pooler, layer" in table.caption
    assert "n 2,000" in table.caption and "chance .48" in table.caption


def test_a_mean_stands_with_its_range_and_number(frame: pl.DataFrame) -> None:
    table = pivoted(frame, "accuracy", PivotWish(("model",), "pooler", "mean"))
    values = [row["accuracy"] for row in cells(frame, model="two", pooler="first")]
    mean = sum(values) / len(values)  # type: ignore[arg-type]
    told = table.columns["first"][table.columns["model"].index("two")]
    ends = f"{short(min(values), 3)}–{short(max(values), 3)}"  # type: ignore[type-var]
    assert told == f"{short(mean, 3)} ({ends}; 8)" and "not an interval" in table.caption


def test_a_place_of_one_cell_has_its_own_interval(frame: pl.DataFrame) -> None:
    rows = ("model", "classifier", "pooler")
    table = pivoted(frame, "accuracy", PivotWish(rows, "layer"))
    assert list(table.columns) == [*rows, "layer 0", "layer 1", "layer 2", "layer 3"]
    [one] = cells(frame, model="one", classifier="LDA", pooler="mean", layer=2)
    at = list(zip(*(table.columns[name] for name in rows), strict=True)).index(
        ("one", "LDA", "mean")
    )
    low, high = short(one["accuracy_low"], 3), short(one["accuracy_high"], 3)  # type: ignore[arg-type]
    assert table.columns["layer 2"][at] == f"{short(one['accuracy'], 3)} [{low}, {high}]"  # type: ignore[arg-type]
    assert "picked" not in table.caption and "interval of each cell" in table.caption
