"""Compose under keys that come all at once, as over a slow line."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Input

from probing import spec as specs
from probing.logs import RunFolder
from probing.spec import ClassifierSpec
from tests.support.bursts import burst, written
from tests.support.compose_base import ready, screen_text, until
from tests.support.fake_runs import FakeRuns
from tui.app import ProbeApp
from tui.runs.screen import RunsPane
from tui.widgets.places_line import PlacesLine

SIZE = (80, 24)
TO_SETTINGS = ("tab",) * 4


def picked(app: ProbeApp, kind: str) -> list[str]:
    """The names of what is picked."""
    return [
        str(getattr(one, "path", "") or getattr(one, "name", "") or one)
        for one in app.composer.draft.picked(kind)
    ]


@pytest.mark.parametrize("size", [SIZE, (200, 50)])
async def test_an_edit_reaches_the_run_that_follows_it(
    app: ProbeApp, started: list[RunFolder], size: tuple[int, int]
) -> None:
    async with app.run_test(size=size) as pilot:
        await ready(pilot)
        await burst(pilot, *TO_SETTINGS, "down", "ctrl+a", "ctrl+k", "4", "ctrl+r")
        await until(pilot, lambda: bool(started))
    assert specs.load(started[0].spec).n_folds == 4


@pytest.mark.parametrize("size", [SIZE, (120, 40), (200, 50)])
async def test_space_acts_in_the_section_that_tab_opened(
    app: ProbeApp, size: tuple[int, int]
) -> None:
    async with app.run_test(size=size) as pilot:
        await ready(pilot)
        before = app.composer.draft
        await burst(pilot, "tab", "space")
        assert app.composer.draft.datasets == before.datasets
        assert app.composer.draft.models != before.models
        await burst(pilot, "space", "tab", "tab", "j", "space", "shift+tab", "shift+tab")
        assert app.composer.draft.models == before.models
        assert [one.name for one in app.composer.draft.classifiers] == ["LogisticRegression", "LDA"]
        assert app.focused is not None and "models" in str(app.focused.parent.parent.parent.KIND)


async def test_a_form_is_filled_and_its_entry_picked_in_one_burst(app: ProbeApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await ready(pilot)
        to_lda = ("tab", "tab", "tab", "j")
        await burst(
            pilot, *to_lda, "e", "ctrl+a", "ctrl+k", *written("0.25"), "enter", "k", "space"
        )
        assert app.composer.draft.classifiers == (ClassifierSpec("LDA", {"shrinkage": 0.25}),)


async def test_a_filter_a_pick_and_an_undo(app: ProbeApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await ready(pilot)
        await burst(pilot, "slash", *written("years"), "enter", "space")
        assert picked(app, "datasets") == ["cities", "years"]
        await burst(pilot, "u", "slash", "escape", "G", "space", "g", "space")
        assert picked(app, "datasets") == ["years"]


async def test_a_path_is_added_picked_and_run(
    app: ProbeApp, started: list[RunFolder], tmp_path: Path
) -> None:
    rows = (tmp_path / "work" / "data" / "cities.jsonl").read_text()
    (tmp_path / "work" / "more.jsonl").write_text(rows)
    async with app.run_test(size=SIZE) as pilot:
        await ready(pilot)
        await burst(pilot, "a", *written("more.jsonl"), "enter", "ctrl+r")
        await until(pilot, lambda: bool(started))
    names = [Path(one.path).name for one in specs.load(started[0].spec).datasets]
    assert names == ["cities.jsonl", "more.jsonl"]


async def test_the_spec_is_saved_loaded_and_seen_in_bursts(app: ProbeApp, tmp_path: Path) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await ready(pilot)
        before = app.composer.draft
        await burst(pilot, "ctrl+s", "ctrl+a", "ctrl+k", *written("one.toml"), "enter", "space")
        assert (tmp_path / "work" / "one.toml").exists()
        assert app.composer.draft.datasets == ()
        await burst(pilot, "ctrl+o", *written("one.toml"), "enter", "v", "escape", "tab", "space")
        assert app.composer.draft.datasets == before.datasets
        assert app.composer.draft.models == ()


async def test_keys_go_to_the_place_that_was_opened(app: ProbeApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await ready(pilot)
        before = app.composer.draft
        await burst(pilot, "2", "space", "3", "space", "slash", *written("x=1"), "escape", "1", "j")
        assert app.composer.draft == before
        await burst(pilot, "question_mark", "q", "space")
        assert app.is_running and picked(app, "datasets") == ["cities", "years"]


async def test_elsewhere_a_spec_is_shown_before_it_runs(
    app: ProbeApp, started: list[RunFolder]
) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await ready(pilot)
        for place in ("2", "3"):
            await burst(pilot, place, "ctrl+r")
            assert app.query_one(PlacesLine).place == "compose"
        await pilot.pause(0.3)
        assert not started
        await burst(pilot, "3", "ctrl+r", "ctrl+r")
        await until(pilot, lambda: bool(started))


async def test_the_name_follows_the_datasets_until_it_is_typed(app: ProbeApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await ready(pilot)

        def name() -> object:
            return app.composer.draft.settings["name"]

        assert name() == "cities"
        await burst(pilot, "j", "space")
        assert name() == "cities-years"
        await burst(pilot, "k", "space")
        assert name() == "years"
        await burst(pilot, "u")
        assert name() == "cities-years"
        await burst(
            pilot, *TO_SETTINGS, "ctrl+a", "ctrl+k", *written("mine"), "escape", "j", "space"
        )
        assert name() == "mine" and picked(app, "datasets") == ["cities"]


async def test_unpicked_and_picked_again_a_classifier_has_its_options(app: ProbeApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await ready(pilot)
        await burst(
            pilot, "tab", "tab", "tab", "j", "e", "ctrl+a", "ctrl+k", *written("0.25"), "enter"
        )
        assert ClassifierSpec("LDA", {"shrinkage": 0.25}) in app.composer.draft.classifiers
        await burst(pilot, "space")
        assert len(app.composer.draft.classifiers) == 1
        await burst(pilot, "space")
        assert ClassifierSpec("LDA", {"shrinkage": 0.25}) in app.composer.draft.classifiers


async def test_esc_clears_the_filter_of_a_picker(app: ProbeApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await ready(pilot)
        await burst(pilot, "slash", *written("years"), "enter", "escape", "g", "space")
        assert picked(app, "datasets") == []


async def test_tab_completes_paths_of_data_models_and_plugins(
    app: ProbeApp, tmp_path: Path
) -> None:
    base = tmp_path / "work"
    (base / "probes.py").touch()
    (base / "pro\x1b[31mbes.py").touch()
    async with app.run_test(size=SIZE) as pilot:
        await ready(pilot)
        for keys, typed, found in (
            ((), "data/y", "data/years.jsonl"),
            (("tab",), "mod", "models/"),
            (("tab", "tab"), "pro", "probes.py"),
        ):
            await burst(pilot, *keys, "a", *written(typed), "tab")
            assert app.screen.query_one(Input).value == found
            await burst(pilot, "escape")


@pytest.mark.parametrize("width", [30, 50, 80, 120])
async def test_help_and_quit_are_always_seen(app: ProbeApp, width: int) -> None:
    async with app.run_test(size=(width, 24)) as pilot:
        await ready(pilot)
        for place in ("1", "2", "3"):
            await burst(pilot, place)
            await until(pilot, lambda: "? Help" in screen_text(app).splitlines()[-1])
            assert "q Quit" in screen_text(app).splitlines()[-1]


async def test_a_taste_says_how_many_texts_it_takes_and_its_rerun_is_whole(
    app: ProbeApp, started: list[RunFolder]
) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await ready(pilot)
        await burst(pilot, "t")
        await until(pilot, lambda: bool(started))
        assert any("up to 300 texts" in one.message for one in app._notifications)
        await until(pilot, lambda: "[2 Runs]" in screen_text(app))
        pane = app.query_one(RunsPane)
        await until(pilot, lambda: pane.table.row is not None)
        await burst(pilot, "r")
        draft = app.composer.draft
        assert draft.settings["name"] == "cities"
        assert [one.limit for one in draft.datasets] == [None]


async def test_the_run_that_was_started_is_highlighted(
    app: ProbeApp, started: list[RunFolder], tmp_path: Path
) -> None:
    fake = FakeRuns(tmp_path / "logs")
    fake.finished("zz-old")
    async with app.run_test(size=SIZE) as pilot:
        await ready(pilot)
        await burst(pilot, "2")
        pane = app.query_one(RunsPane)
        await until(pilot, lambda: pane.table.row is not None)
        await burst(pilot, "1", "ctrl+r")
        await until(pilot, lambda: "[2 Runs]" in screen_text(app) and bool(started))
        row = started[0].name
        await until(pilot, lambda: pane.table.row is not None and pane.table.row.key == (row,))
