"""Compose under keys that come all at once, as over a slow line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from probing import spec as specs
from probing.logs import RunFolder
from probing.registry import CLASSIFIERS
from probing.spec import ClassifierSpec
from tests.support.bursts import burst, written
from tests.support.compose_base import ENTRIES, make_base, ready, until
from tui.app import ProbeApp
from tui.compose import first_draft
from tui.processes import launcher
from tui.widgets.places_line import PlacesLine

SIZE = (80, 24)
TO_SETTINGS = ("tab",) * 4


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ProbeApp]:
    """The app in a working folder on a machine that has nothing else."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr("probing.catalog.places.carriers", lambda: iter(()))
    monkeypatch.setattr("probing.hardware.gpus", lambda: ())
    monkeypatch.setattr("probing.datasets.lookup.shipped_folder", lambda: tmp_path / "none")
    monkeypatch.setattr(first_draft, "DATASET", "cities")
    shipped = dict(CLASSIFIERS)
    CLASSIFIERS.clear()
    CLASSIFIERS.update({entry.name: entry for entry in ENTRIES})
    yield ProbeApp(tmp_path / "logs", make_base(tmp_path / "work"))
    CLASSIFIERS.clear()
    CLASSIFIERS.update(shipped)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[RunFolder]:
    """The runs whose runner was to be started; none is."""
    runs: list[RunFolder] = []
    monkeypatch.setattr(launcher, "start_runner", runs.append)
    return runs


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
