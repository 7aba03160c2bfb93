"""Datasets of the hub in Compose: what would be fetched is said, and nothing is fetched there."""

from __future__ import annotations

from pathlib import Path

import pytest

from probing.logs import RunFolder
from probing.spec import ClassifierSpec, DatasetSpec, ModelSpec, PoolerSpec, Spec
from tests.support.compose_base import plan_of, ready, screen_text, until, write_rows
from tests.support.hub_server import Repo
from tests.support.hub_world import NAMES, hub_at_hand, pets
from tui.app import ProbeApp
from tui.processes.known_facts import FactsBook

FILES = {
    "data/train-00000-of-00001.parquet": pets(40),
    "data/test-00000-of-00001.parquet": pets(20),
}


@pytest.fixture
def hub(base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    pets_repo = Repo({"main": FILES}, {"dataset_info": NAMES})
    with hub_at_hand(tmp_path, monkeypatch, pets=pets_repo) as running:
        yield running


async def test_what_a_run_would_fetch_is_said_and_the_run_is_pinned(
    hub, app: ProbeApp, started: list[RunFolder]
) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        await pilot.press("a", *"hub:org/pets", "enter")
        await until(pilot, lambda: "first fetches hub:org/pets: 2 files" in plan_of(app))
        await until(pilot, lambda: "to fetch" in screen_text(app))
        assert "cells" in plan_of(app)
        await pilot.press("ctrl+r")
        await until(pilot, lambda: bool(started))
        (entry,) = (one for one in started[0].read_spec().datasets if one.path.startswith("hub:"))
        assert entry.revision == hub.repos["org/pets"].commit("main")
        assert hub.downloads == []


async def test_a_name_that_is_none_is_told_where_it_is_typed(hub, app: ProbeApp) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        await pilot.press("a", *"hub:a/b/c", "enter")
        await until(pilot, lambda: "not a dataset of the hub" in screen_text(app))


def test_the_parts_of_an_entry_are_planned_each(base: Path) -> None:
    rows = [
        {"text": f"Text {at}.", "label": at % 2, "y": at % 3, "of": "ab"[at // 20]}
        for at in range(40)
    ]
    write_rows(base / "data" / "parts.jsonl", rows)
    entry = DatasetSpec("parts", target=["label", "y"], subset="of")
    model = ModelSpec(str(base / "models" / "tiny"))
    spec = Spec((entry,), (model,), (PoolerSpec("mean"),), (ClassifierSpec("LDA"),), n_folds=3)
    book = FactsBook(base)
    made = book.plan(spec)
    names = [one.name for one in made.datasets]
    assert names == ["parts[a][label]", "parts[a][y]", "parts[b][label]", "parts[b][y]"]
    assert made.cost.n_passes == 2
    book.audit(entry)
    assert len(book.known_audit(entry) or ()) == 4
