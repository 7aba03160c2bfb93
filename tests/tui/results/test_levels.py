"""Controls that do not depend on the layer, in the table and in the plot of Results."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from probing.logs import RunView
from probing.logs.results.tables import results
from tests.support.fake_runs import FakeRuns, Shape
from tests.support.pane_app import PaneApp, settled
from tui.plot.curve_plot import told
from tui.plot.series import PARTS
from tui.results.screen import ResultsPane
from tui.results.view import Wish, drawn_of, shown_of

SHAPE = Shape(models=("gpt2", "pythia"), n_layers=8, has_levels=True)


@pytest.fixture
def frame(tmp_path: Path) -> pl.DataFrame:
    view = RunView(FakeRuns(tmp_path).finished("run", SHAPE))
    view.update()
    return results([view])


@pytest.mark.parametrize("query", ["", "layer>2", "model=gpt2"])
@pytest.mark.parametrize("by_cell", [False, True])
def test_every_row_of_its_tasks_tells_it(frame: pl.DataFrame, query: str, by_cell: bool) -> None:
    shown = shown_of(frame, Wish(query, by_cell=by_cell))
    at = [column.title for column in shown.rows.columns].index("majority")
    assert {line.texts[at] for line in shown.rows.lines} == {".480"}
    assert not any(line.is_control for line in shown.rows.lines)


def test_it_is_one_row_of_its_own_where_controls_are_rows(frame: pl.DataFrame) -> None:
    shown = shown_of(frame, Wish(unfolded=True))
    [level] = [line for line in shown.rows.lines if line.key[-1] == "majority"]
    assert level.key[2:5] == ("", "", "") and "all" in level.texts
    assert len(shown.rows.lines) == 2 * 2 + 1


def test_it_is_drawn_beside_each_of_its_tasks(frame: pl.DataFrame) -> None:
    shown = shown_of(frame, Wish("layer>2 control="))
    for line in shown.rows.lines:
        drawn = drawn_of(shown, line.key[: len(PARTS)], [])
        assert [one.control for one in drawn.series] == ["", "majority", "shuffled_labels"]
        assert {one.index for one in drawn.series} == {0}
        assert drawn.chance == pytest.approx(0.48)


async def test_it_is_read_off_at_every_layer(tmp_path: Path) -> None:
    FakeRuns(tmp_path).finished("run", SHAPE)
    async with PaneApp(ResultsPane, tmp_path).run_test(size=(80, 24)) as pilot:
        pane = pilot.app.query_one(ResultsPane)
        await settled(pilot, lambda: pane.plot.series)
        await pilot.press("right", "right")
        level = next(one.flat for one in pane.plot.series if one.control == "majority")
        assert level is not None
        said = str(pane.plot.render())
        assert told(level) in said and "no value" not in said
