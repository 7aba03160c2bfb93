"""The table, the plot and the screen in files."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from textual.widgets import Input

from probing.errors import SpecError
from tests.support.fake_runs import FakeRuns, Shape
from tests.support.pane_app import PaneApp, settled
from tui.dialogs.file_target import FileTarget
from tui.results.screen import ResultsPane
from tui.results.verbs.shown_table import ShownTable

TABLE = ShownTable(
    "accuracy · truth",
    ("classifier", "highest", "band", "layer", "curve", "n"),
    [("LDA", ".912", "[.89, .93]", "3 (2-4)", "▁▂", "2,000"), ("", "", "", "1", "▁", "10")],
    [("LDA", 0.91234, 0.89, 3, 0.9, 2000), ("", -1.0, 0.1, 1, 0.2, 10)],
    ("highest", "n"),
)


def test_numbers_are_data_where_a_cell_shows_no_more() -> None:
    frame = TABLE.frame()
    assert frame["highest"].to_list() == [0.91234, None] and frame["n"].to_list() == [2000, 10]
    assert frame["layer"].to_list() == ["3 (2-4)", "1"] and "curve" not in frame.columns


def test_a_text_says_that_a_layer_was_picked() -> None:
    table = TABLE.text_table()
    assert "picked after looking at all layers" in table.caption and "band covers" in table.caption


def test_an_unknown_ending_is_refused_before_anything_is_written() -> None:
    asked = FileTarget(None, "", "x.csv", print, (".csv", ".md"))  # type: ignore[arg-type]
    assert asked._check("x.MD").name == "x.MD"
    with pytest.raises(SpecError, match=r"end its name in \.csv or \.md"):
        asked._check("x.doc")


async def test_what_is_shown_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    FakeRuns(tmp_path / "logs").finished("run", Shape(classifiers=("LDA", "Ridge"), n_layers=3))
    monkeypatch.chdir(tmp_path)
    async with PaneApp(ResultsPane, tmp_path / "logs").run_test(size=(120, 40)) as pilot:
        await settled(pilot, lambda: pilot.app.query_one(ResultsPane).table.rows)
        files = ("t.tex", "t.md", "t.json", "t.parquet", "p.txt", "p.svg", "s.txt", "s.svg")
        for name in files:
            await pilot.press("e", name[0])
            await pilot.pause(0.1)
            pilot.app.screen.query_one(Input).value = name
            await pilot.press("enter")
            await settled(pilot, (tmp_path / name).exists)
    written = {name: tmp_path / name for name in files}
    assert "\\toprule" in written["t.tex"].read_text()
    assert "| LDA |" in written["t.md"].read_text()
    rows = json.loads(written["t.json"].read_text())
    assert [row["classifier"] for row in rows] == ["LDA", "Ridge"]
    assert pl.read_parquet(written["t.parquet"])["highest"].to_list() == [
        row["highest"] for row in rows
    ]
    assert "accuracy by layer" in written["p.txt"].read_text()
    assert "held-out texts" in written["p.svg"].read_text()
    screen = written["s.txt"].read_text()
    assert "LDA" in screen and "Write" not in screen and "Export (" not in screen
    assert written["s.svg"].read_text().startswith("<svg")
