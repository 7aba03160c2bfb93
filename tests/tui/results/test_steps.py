"""Scores by the training step of checkpoints, in the plot of Results."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from probing.logs import RunView
from probing.logs.results.tables import results
from tests.support.fake_runs import FakeRuns, Shape
from tests.support.pane_app import PaneApp, settled
from tui.plot.along.x_axes import over
from tui.plot.series import PARTS
from tui.results.screen import ResultsPane
from tui.results.view import Wish, drawn_of, shown_of

STEPS = (0, 10, 1000)
MODELS = tuple(f"org/m@step{step}" for step in STEPS)
SHAPE = Shape(models=(*MODELS, "gpt2"), n_layers=4, has_levels=True)


def test_a_series_is_read_at_one_layer_of_every_checkpoint(tmp_path: Path) -> None:
    view = RunView(FakeRuns(tmp_path).finished("run", SHAPE))
    view.update()
    frame = results([view])
    shown = shown_of(frame, Wish())
    keys = {line.key[2]: line.key[: len(PARTS)] for line in shown.rows.lines}
    drawn = drawn_of(shown, keys[MODELS[1]], [keys[MODELS[2]]])
    found = over("step", drawn.series, shown.series, 3)
    assert found is not None
    series, along = found
    assert [one.control for one in series] == ["", "majority", "shuffled_labels"]
    assert along.values == STEPS and along.title == "by training step, layer 3"
    rows = frame.filter(control="", layer=3).filter(pl.col("step").is_not_null()).sort("step")
    assert series[0].ys == rows[shown.metric].to_list()
    assert [along.told(place) for place in series[0].xs] == ["step 0", "step 10", "step 1,000"]
    alone = drawn_of(shown, keys["gpt2"], [])
    assert over("step", alone.series, shown.series, 3) is None


async def test_a_key_turns_the_plot_to_steps_and_back(tmp_path: Path) -> None:
    FakeRuns(tmp_path).finished("run", SHAPE)
    async with PaneApp(ResultsPane, tmp_path).run_test(size=(110, 30)) as pilot:
        pane = pilot.app.query_one(ResultsPane)
        await settled(pilot, lambda: pane.plot.series)
        while pane.table.row is not None and pane.table.row.key[2] != MODELS[0]:
            await pilot.press("down")
        await pilot.press("right", "right", "x", "x")
        await settled(pilot, lambda: pane.plot.along)
        said = str(pane.plot.render())
        assert "by training step, layer 1" in said and "1,000" in said
        await pilot.press("right")
        assert "step 0" in str(pane.plot.render())
        await pilot.press("x")
        await settled(pilot, lambda: pane.plot.along is None)
        assert "by layer" in str(pane.plot.render())


@pytest.mark.parametrize("models", [("gpt2",), MODELS[:1]])
async def test_where_there_are_no_steps_it_is_said(tmp_path: Path, models: tuple[str, ...]) -> None:
    FakeRuns(tmp_path).finished("run", Shape(models=models, n_layers=3))
    async with PaneApp(ResultsPane, tmp_path).run_test(size=(110, 30)) as pilot:
        pane = pilot.app.query_one(ResultsPane)
        await settled(pilot, lambda: pane.plot.series)
        await pilot.press("x")
        assert "by relative depth" in str(pane.plot.render())
        await pilot.press("x")
        assert pane.plot.along is None
