"""The screen of what a probe sees: its views, its layers, and what it says where there is none."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from textual.app import App
from textual.pilot import Pilot

from probing.logs import RunFolder, RunView
from probing.logs.results.tables import results
from tests.support.fake_runs import FakeRuns, Shape
from tests.support.kept_predictions import keep_predictions
from tests.support.pane_app import settled
from tui.dialogs.text_reader import TextReader
from tui.predictions.command_line import command_of
from tui.predictions.looked import looked_of
from tui.predictions.screen import PredictionsScreen
from tui.processes.background import errands

SHAPE = Shape(classifiers=("LDA", "LogisticRegression"), n_layers=3)
KEY = ("one", "truth", "gpt2", "resid", "mean", "LDA", "")
STYLES = Path(__file__).parents[3] / "tui" / "styles" / "app.tcss"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    made = FakeRuns(tmp_path_factory.mktemp("sees")).finished("one", SHAPE)
    keep_predictions(made, SHAPE.cells())
    return made


def frame_of(run: RunFolder) -> pl.DataFrame:
    view = RunView(run)
    view.skim()
    return results([view])


class Opened(App[None]):
    CSS_PATH = str(STYLES)


@asynccontextmanager
async def opened(
    run: RunFolder, size: tuple[int, int], layer: int | None = 2, pinned: bool = False
) -> AsyncIterator[Pilot[Any]]:
    frame = frame_of(run)
    looked = looked_of(frame, KEY)
    other = looked_of(frame, (*KEY[:5], "LogisticRegression", ""))
    assert looked is not None and other is not None
    async with Opened().run_test(size=size) as pilot:
        screen = PredictionsScreen(looked, {"one": run}, layer, [other] if pinned else [])
        await pilot.app.push_screen(screen)
        await came(pilot)
        yield pilot


async def came(pilot: Pilot[Any]) -> None:
    await settled(pilot, lambda: not errands())


async def typed(pilot: Pilot[Any], *keys: str) -> str:
    for key in keys:
        await pilot.press(key)
        await came(pilot)
    await pilot.pause()
    screen = pilot.app.screen
    lines = [strip.text for strip in screen._compositor.render_strips(screen.size)]
    return "\n".join(line.rstrip() for line in lines)


async def test_every_view_of_every_layer(run: RunFolder) -> None:
    async with opened(run, (80, 24)) as pilot:
        shown = await typed(pilot)
        assert "layer 2 (3 of 4) · truth · gpt2 · mean · LDA" in shown and "[Confusion]" in shown
        assert "decided as" in shown and "recall" in shown
        for key, says in (
            ("s", "tallest bar"),
            ("r", "ROC curve: recall of"),
            ("b", "share of right decisions"),
            ("w", "decided wrongly"),
            ("d", "A layer 2   B layer 0"),
        ):
            assert says in await typed(pilot, key), key
        # the view is kept from layer to layer, and stops at the last
        assert "A layer 3   B layer 0" in await typed(pilot, "right", "l")
        assert "A layer 0   B layer 3" in await typed(pilot, "left", "h", "h", "h")
        assert "[Activations]" in await typed(pilot, "tab") and "[Confusion]" in await typed(
            pilot, "tab"
        )
        assert "does not tell of the" in " ".join((await typed(pilot, "a")).split())
        await typed(pilot, "escape")
        assert not isinstance(pilot.app.screen, PredictionsScreen)


async def test_a_text_is_read_in_full_and_the_list_follows(run: RunFolder) -> None:
    async with opened(run, (120, 40), pinned=True) as pilot:
        shown = await typed(pilot, "w")
        screen = pilot.app.screen
        assert isinstance(screen, PredictionsScreen) and "as the run read them" in shown
        rows = screen.table.rows
        await typed(pilot, "enter", "right")
        assert isinstance(pilot.app.screen, TextReader)
        assert f"row {rows[1].key[0]} ·" in await typed(pilot) and screen.table.at == 1
        await typed(pilot, "escape", "slash", *"label=true fold>1", "enter")
        kept = screen.table.rows
        assert 0 < len(kept) < len(rows)
        assert all(row.cells[2] == "true" and int(row.cells[4]) > 1 for row in kept)
        await typed(pilot, "escape")
        assert len(screen.table.rows) == len(rows) and pilot.app.screen is screen
        shown = await typed(pilot, "d")
        assert "A LDA   B LogisticRegression" in shown and screen.asked.other is not None
        command = command_of(screen.looked, screen.asked, screen.maker.logs)
        assert "--against" in command and "classifier=LogisticRegression" in command
        assert command.endswith(f"--logs {run.path.parent}\n")  # read from any folder
        assert "A layer 2   B layer 1" in await typed(pilot, "left", "x", "right")
        assert "A LDA   B LogisticRegression" in await typed(pilot, "o")


async def test_what_cannot_be_seen_says_why(tmp_path: Path) -> None:
    bare = FakeRuns(tmp_path).finished("one", SHAPE)
    async with opened(bare, (80, 24), None) as pilot:
        shown = await typed(pilot)
        assert "one: has no predictions.parquet; run it again" in shown.replace("\n", " ")
        assert "[Scores]" in await typed(pilot, "tab")


def test_a_series_is_found_by_its_key(run: RunFolder) -> None:
    frame = frame_of(run)
    looked = looked_of(frame, KEY)
    assert looked is not None and [row["layer"] for row in looked.rows] == [0, 1, 2, 3]
    own = frame.filter(classifier="LDA", control="")
    best = own["layer"].to_list()[own["accuracy"].arg_max() or 0]
    assert looked.place(None) == best and looked.place(1) == 1
    beside = looked.beside(1)
    assert beside is not None and beside["layer"] == 1 and beside["control"] == "shuffled_labels"
    assert looked_of(frame, (*KEY[:5], "SVM", "")) is None
