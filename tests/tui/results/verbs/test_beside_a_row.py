"""What a row is compared with, and where it comes from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from textual.widgets import Input

from probing.comparison import compare_views
from probing.errors import SpecError
from probing.logs import RunView, list_runs
from probing.logs.results.tables import KEYS, results
from probing.query import matches
from tests.support.fake_runs import FakeRuns, Shape
from tests.support.pane_app import PaneApp, settled
from tui.dialogs.menu import MenuScreen
from tui.dialogs.text_view import TextView
from tui.plot.comparisons.transfers import named_transfers
from tui.plot.series import PARTS, series_of
from tui.results.screen import ResultsPane
from tui.results.verbs.comparing import comparison_text
from tui.results.verbs.row_facts import facts_text
from tui.results.verbs.selections import filter_of, told_apart
from tui.results.verbs.spec_diff import diff_lines, looked
from tui.results.verbs.standing import Standing
from tui.results.view import Wish, shown_of

SHAPE = Shape(
    ("truth", "lies"), ("gpt2",), ("mean", 'of "x"'), ("LDA", "Ridge"), 3, has_levels=True
)
KEY = ("a", "truth", "gpt2", "resid", "mean", "LDA", "")


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    fake = FakeRuns(tmp_path_factory.mktemp("runs") / "logs")
    fake.finished("a", SHAPE)
    fake.finished("b", Shape(n_layers=2))
    fake.killed("c")
    return fake.logs


@pytest.fixture(scope="module")
def views(logs: Path) -> dict[str, RunView]:
    known = {run.name: RunView(run) for run in list_runs(logs)}
    for view in known.values():
        view.skim()
    return known


@pytest.fixture(scope="module")
def frame(views: dict[str, RunView]) -> pl.DataFrame:
    return results(views.values())


def test_a_series_is_a_filter_of_its_cells_alone(frame: pl.DataFrame) -> None:
    other = frame.filter(pl.col("dataset") == "lies").with_columns(trained_on=pl.lit("truth"))
    whole = pl.concat([frame, other])
    for one in series_of(named_transfers(whole), "accuracy"):
        kept = matches(whole, filter_of(one.key))
        assert kept.height == len(one.points) and kept.select("run", *KEYS).is_unique().all()
    with pytest.raises(SpecError, match="both kinds of quotes"):
        filter_of(("a'\"", *KEY[1:]))


def test_series_are_told_apart_by_what_differs() -> None:
    other = (*KEY[:5], "", "majority")
    assert told_apart([KEY, other]) == ["LDA no control", "no classifier majority"]


def test_a_comparison_without_a_number_says_why(views: dict[str, RunView]) -> None:
    other = (*KEY[:5], "Ridge", "")
    frame = compare_views(views, filter_of(KEY), filter_of(other), metric="accuracy")
    told = comparison_text(frame, 100, 30, has_colour=False).plain
    assert "A: LDA · B: Ridge" in told and "no number: " in told and frame.height == 4


def test_specs_differ_by_lines(logs: Path) -> None:
    runs = {run.name: run for run in list_runs(logs)}
    lines = diff_lines(runs["a"], runs["b"])
    assert '- name = "a"' in lines and '+ name = "b"' in lines and '-     "Ridge",' in lines
    assert not any(line.startswith("?") for line in lines)
    assert looked(lines).plain.splitlines() == lines
    assert diff_lines(runs["a"], runs["a"]) == ["  Both runs have the same spec."]


@pytest.mark.parametrize("run", ["a", "c"])
def test_a_row_leads_back_to_its_folds(
    logs: Path, views: dict[str, RunView], frame: pl.DataFrame, run: str
) -> None:
    view = views[run]
    view.run.log.write_text("loading\n\x1b[2Jwarning: slow\n")
    key = (run, "truth", "gpt2", "resid", "mean", "LDA" if run == "a" else "LogisticRegression", "")
    shown = shown_of(frame, Wish())
    standing = Standing(logs, views, shown, "", key)
    told = facts_text(standing, view, 100).plain
    whole = RunView(view.run)
    whole.update()
    cell = next(c for c in whole.state.cells.values() if c.done and c.folds[0].layer == 1)
    assert all(f".{round(fold.metrics['accuracy'] * 1000):03}" in told for fold in cell.folds[:1])
    assert str(view.run.spec) in told and "fold 4" in told and "2,000" in told
    assert "warning: slow" in told and "\x1b" not in told
    of_layer = facts_text(replace(standing, key=(*key, "1")), view, 100)
    rows = of_layer.plain.split("fold 0")[1].split("The last")[0].splitlines()[2:]
    assert [row.split()[0] for row in rows if row.strip()] == ["1"]


async def test_keys_compare_with_what_is_pinned(logs: Path) -> None:
    async with PaneApp(ResultsPane, logs).run_test(size=(120, 40)) as pilot:
        pane = pilot.app.query_one(ResultsPane)
        await settled(pilot, lambda: pane.is_complete and pane.table.rows)
        await pilot.press("slash", *"run=a classifier=LDA dataset=lies pooler=mean", "enter")
        await pilot.press("equals_sign", *["backspace"] * 4, *"mean classifier=Ridge")
        pilot.app.screen.query_one(Input).value = "run=a classifier=Ridge dataset=lies pooler=mean"
        await pilot.press("enter")
        await settled(pilot, lambda: isinstance(pilot.app.screen, TextView))
        assert "A: run=a classifier=LDA" in pilot.app.screen._title
        assert "B: Ridge" in pilot.app.screen._text
        await pilot.press("escape", "escape")
        await settled(pilot, lambda: pane.is_complete and len(pane.table.rows) > 2)
        await pilot.press("space", "down", "equals_sign")
        await settled(pilot, lambda: isinstance(pilot.app.screen, TextView))
        assert "probe-tui compare" in pilot.app.screen._text
        await pilot.press("escape", "home", "space", "end", "D")
        await settled(pilot, lambda: isinstance(pilot.app.screen, TextView | MenuScreen))
        assert pane.pinned[0][: len(PARTS)] == pane.pinned[0]
