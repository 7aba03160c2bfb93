"""The figure of Results: its three views, its axes, and what its cursor moves."""

from __future__ import annotations

from pathlib import Path

import pytest

from probing.logs import RunView
from probing.logs.results.tables import results
from tests.support.fake_runs import FakeRuns, Shape
from tests.support.pane_app import PaneApp, settled
from tui.plot.series import PARTS
from tui.results.figures.kin import kin_of, listed
from tui.results.figures.making import Wanted, choices_of
from tui.results.screen import ResultsPane
from tui.results.view import Wish, shown_of
from tui.widgets.row_table import RowTable

PLACES = ("token(quantile=0)", "token(quantile=0.5)")
SHAPE = Shape(("truth", "tense"), ("a",), ("mean", *PLACES), n_layers=6, has_levels=True)


def test_kin_differ_in_two_parts_at_most_and_bring_their_controls(tmp_path: Path) -> None:
    shape = Shape(("truth", "tense"), ("a", "b"), ("mean", "last"), n_layers=1, has_levels=True)
    view = RunView(FakeRuns(tmp_path).finished("run", shape))
    view.skim()
    shown = shown_of(results([view]), Wish(query="dataset=truth"))
    key = shown.rows.lines[0].key[: len(PARTS)]
    kin = kin_of(shown, [key])
    tasks = {one.key for one in kin if not one.control}
    assert key in tasks and len(tasks) == 4
    assert {one.control for one in kin} == {"", "majority", "shuffled_labels"}
    series, left = listed(shown)
    assert left == 0 and {one.key[1] for one in series} == {"truth"}
    assert choices_of(shown, "heatmap", key)[0] == ("layer", "pooler")
    assert ("pooler", "model") in choices_of(shown, "multiples", key)
    assert Wanted(kind="heatmap").of(("a", "b")).grid == ("a", "b")


@pytest.mark.parametrize("size", [(200, 50), (80, 24)])
async def test_the_views_go_round_and_move_one_another(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    FakeRuns(tmp_path).finished("run", SHAPE)
    async with PaneApp(ResultsPane, tmp_path).run_test(size=size) as pilot:
        pane = pilot.app.query_one(ResultsPane)
        await settled(pilot, lambda: pane.plot.series)
        figure = pane.figure
        await pilot.press("v")
        await settled(pilot, lambda: figure.grid.grid)
        assert figure.grid.has_focus and figure.plot.display == (size[1] > 40)
        await pilot.press("right", "up")
        await settled(pilot, lambda: pane.table.row and pane.table.row.key[4] == PLACES[0])
        assert figure.plot.cursor == 1 and figure.plot.series[0].key[4] == PLACES[0]
        said = str(figure.grid.render())
        point = figure.plot.series[0].at(1)
        assert point is not None and f"{point.value:.3f}"[1:] in said
        assert "n 2,000" in said and "shuffled labels" in said and "▸" in said
        assert figure.picture is not None and figure.picture.kind == "heatmap"
        await pilot.press("v")
        await settled(pilot, lambda: figure.panels.picture)
        lines = str(figure.panels.render()).split("\n")
        assert max(map(len, lines)) <= figure.panels.content_size.width
        assert len(lines) <= figure.panels.content_size.height
        await pilot.press("escape")
        assert isinstance(pilot.app.focused, RowTable)
        await pilot.press("v", "plus", "x", "L", "f")
        told = str(figure.plot.render())
        assert "by relative depth, log odds" in told and "▾" not in told
        assert figure.picture.kind == "curves" and figure.picture.fit == "all"
        state = {**pane.kept_state()["figure"], "kind": "multiples", "interval": ["x"]}
        assert state["axis"] == "depth" and state["scale"] == "logit"
        figure.take_state({**state, "axis": "position", "scale": "linear", "fit": 3})
        assert figure.wanted.kind == "multiples" and figure.wanted.axis == "position"
        assert figure.plot.looks.scale == "linear" and figure.plot.looks.fit == "all"
