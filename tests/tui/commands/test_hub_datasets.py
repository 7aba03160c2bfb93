"""Datasets of the hub on the command line, and in a run, which fetches them first."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from probing import plan
from probing import spec as specs
from tests.support.hub_server import Repo
from tests.support.hub_world import NAMES, hub_at_hand, pets
from tests.support.real_runs import finish, viewed
from tests.support.tiny_models import save_model
from tui.cli import main
from tui.processes.launcher import prepare

SPEC = """
name = "pets"
datasets = [{ path = "hub:org/pets", split = ["train", "test"] }]
models = ["tiny"]
poolers = [{ pool = "mean", layer = 1 }]
classifiers = ["LDA"]
controls = []
split = "given"
device = "cpu"
audit = false
"""
FILES = {
    "data/train-00000-of-00002.parquet": pets(30),
    "data/train-00001-of-00002.parquet": pets(20),
    "data/test-00000-of-00001.parquet": pets(16),
}


@pytest.fixture
def hub(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "s.toml").write_text(SPEC)
    repos = {
        "pets": Repo({"main": FILES}, {"dataset_info": NAMES}),
        "gated": Repo({"main": FILES}, refused=403),
    }
    with hub_at_hand(tmp_path, monkeypatch, **repos) as running:
        yield running


def run(capsys, *arguments: str) -> tuple[int, str, str]:
    code = main(list(arguments))
    return code, *capsys.readouterr()


def test_a_run_fetches_first_and_reads_the_same_bytes_again(hub, tmp_path, capsys, monkeypatch):
    save_model(tmp_path / "tiny", "bert")
    code, out, _ = run(capsys, "--batch", "s.toml", "--dry-run")
    assert code == 0 and "fetch    hub:org/pets: 3 files, 1 MiB; cells are planned then" in out
    _, out, _ = run(capsys, "--batch", "s.toml", "--dry-run", "--json")
    (fetch,) = json.loads(out)["fetches"]
    assert sorted(name for name, _ in fetch["files"]) == sorted(FILES)
    assert hub.downloads == []

    made = prepare(specs.load("s.toml"), tmp_path / "logs", tmp_path)
    (entry,) = made.read_spec().datasets
    assert entry.revision == hub.repos["org/pets"].commit("main") == fetch["commit"]
    assert finish(made) == 0 and len(hub.downloads) == 3
    assert '"waited","reason":"fetching hub:org/pets (3 files, 0.0 MiB)"' in made.events.read_text()
    stored = json.loads(made.plan.read_bytes())
    assert entry.revision in stored["datasets"][0]["path"]
    assert [fold.n_test for cell in viewed(made).state.cells.values() for fold in cell.folds] == [
        16
    ]

    # the hub has moved on, and is out of reach: a copy of the spec still means the same
    hub.repos["org/pets"].branches["main"] = {"data/train.parquet": pets(4)}
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    again = plan.look_up(made.read_spec(), tmp_path)
    assert [one.facts.sha256 for one in again.datasets] == [stored["datasets"][0]["sha256"]]
    assert len(hub.downloads) == 3


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("hub:org/none", "the hub has no such dataset"),
        ("hub:org/gated", "hf auth login"),
        ('{path="hub:org/pets", config="en"}', "no config 'en'"),
        ('{path="hub:org/pets", split="dev"}', "no split 'dev'"),
    ],
)
def test_what_cannot_be_had_is_told_before_any_run(hub, capsys, entry, message):
    given = entry if entry.startswith("{") else f'"{entry}"'
    code, out, err = run(capsys, "--batch", "s.toml", "--set", f"datasets=[{given}]")
    assert (code, out, err.count("\n")) == (3, "", 1) and message in err
    assert hub.downloads == [] and not Path("logs").exists()


def test_data_check_fetches_and_tells(hub, capsys):
    code, out, _ = run(capsys, "data", "check", "hub:org/pets", "--split", "test")
    assert code == 0 and "pets: binary, 16 rows" in out and "past 8, present 8" in out
    assert len(hub.downloads) == 1
