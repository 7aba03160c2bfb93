"""Runs in folders and with files that somebody made awkward."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import polars as pl
import pytest

from probing import spec as specs
from probing.comparison import compare
from probing.engine.experiment import execute
from probing.errors import RunError
from probing.logs import RunFolder
from probing.logs.details.reliability import reliability
from probing.logs.results.closing_tables import changed_tables, read_table
from probing.logs.results.tables import results
from probing.plan import checked_pieces, from_json
from tests.support.real_runs import finish, new_run, viewed

ONE = {"classifiers": '["MassMean"]', "controls": "[]", "poolers": '[{pool="mean",layer=1}]'}


@pytest.mark.parametrize(
    "folder", ["v[1]", "a*b?", "[!x]{y}", "x;y z%20#", "ünïcode-日本", "..d", "a\nb", "\udcff"]
)
def test_a_run_is_whole_whatever_its_folder_is_called(
    base: Path, tmp_path: Path, cache: Path, folder: str
) -> None:
    run = new_run(base, tmp_path / folder, **ONE)
    assert execute(run, specs.load(run.spec), run.path) == 0
    view = viewed(run)
    assert changed_tables(view) == []
    assert set(view.state.end.tables) >= {  # type: ignore[union-attr]
        path.name for path in (run.scores, run.results, run.predictions)
    }
    assert read_table(view, run.predictions).height == 160
    assert read_table(view, run.scores).equals(pl.read_parquet(run.scores.read_bytes()))
    changed = bytearray(run.scores.read_bytes())
    changed[len(changed) // 2] ^= 4
    run.scores.write_bytes(changed)
    (line,) = changed_tables(view)
    assert "scores.parquet: has changed since" in line


def test_a_run_whose_name_is_not_utf_8_is_in_every_table(
    base: Path, tmp_path: Path, cache: Path
) -> None:
    made = new_run(
        base, tmp_path / "logs", **{**ONE, "classifiers": '["LDA"]', "controls": '["majority"]'}
    )
    assert execute(made, specs.load(made.spec), made.path) == 0
    run = RunFolder(made.path.rename(made.path.with_name("caf\udce9")))
    assert set(results([viewed(run)])["run"]) == {"caf?"}
    assert set(reliability([viewed(run)])["run"]) == {"caf?"}
    (row,) = compare(run.path.parent, "control=''", "control=majority").to_dicts()
    assert row["reason"] == "" and row["difference"] is not None
    run.predictions.unlink()
    (row,) = compare(run.path.parent, "control=''", "control=majority").to_dicts()
    assert row["reason"].endswith("predictions.parquet: cannot be read (No such file or directory)")


@pytest.mark.parametrize("text", ['{"format": 1}', '{"format": 1, "cells": 3}', "{", "[[["])
def test_a_plan_that_is_none_is_one_line(
    base: Path, tmp_path: Path, cache: Path, text: str
) -> None:
    run = new_run(base, tmp_path / "logs", **ONE)
    run.plan.write_text(text)
    with pytest.raises(RunError, match=r"plan.json: is damaged, or of another version; start a"):
        execute(run, specs.load(run.spec), run.path)


@pytest.mark.parametrize("odd", ["x", 3, [3], [["x"]], [[None]], [[-1]], [[2**70]], [{}]])
def test_batches_of_another_kind_are_one_line(
    base: Path, tmp_path: Path, cache: Path, odd: object
) -> None:
    run = new_run(base, tmp_path / "logs", **ONE)
    assert execute(run, specs.load(run.spec), run.path) == 0
    stored = from_json(run.plan)
    assert stored is not None and stored.pop("checksum")
    (model,) = stored["batches"]
    for batches in ({model: {"cats": odd}}, {model: odd}):
        again = new_run(base, tmp_path / "logs", **ONE)
        again.write(again.plan, checked_pieces({**stored, "batches": batches}))
        with pytest.raises(RunError, match=r"plan.json: is damaged, or of another version"):
            execute(again, specs.load(again.spec), again.path)


def test_a_folder_that_was_removed_does_not_come_back(
    base: Path, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from probing.engine.experiment.run_writer import Store

    run = new_run(base, tmp_path / "logs", **ONE)
    emit = Store.emit

    def removed(store, events):
        emit(store, events)
        if any(cell.folds for cell in store.state.cells.values()):
            shutil.rmtree(run.path, ignore_errors=True)

    monkeypatch.setattr(Store, "emit", removed)
    with pytest.raises(RunError, match="the run folder was removed"):
        execute(run, specs.load(run.spec), run.path)
    assert not run.path.exists()


def test_a_dataset_whose_name_is_not_utf_8_is_in_the_tables(
    base: Path, tmp_path: Path, cache: Path
) -> None:
    odd = tmp_path / "caf\udce9.jsonl"
    odd.write_bytes((base / "cats.jsonl").read_bytes())
    run = new_run(base, tmp_path / "logs", **{**ONE, "datasets": f'["{tmp_path}/*.jsonl"]'})
    assert execute(run, specs.load(run.spec), run.path) == 0
    (name,) = set(pl.read_parquet(run.predictions)["dataset"])
    assert name.startswith("caf")
    (stored,) = json.loads(run.plan.read_text("utf-8"))["datasets"]
    assert stored["path"] == str(odd)


def test_a_run_that_names_a_path_which_is_not_utf_8_reads_its_own_spec(
    base: Path, tmp_path: Path, cache: Path
) -> None:
    odd = tmp_path / "caf\udce9.jsonl"
    odd.write_bytes((base / "cats.jsonl").read_bytes())
    run = new_run(base, tmp_path / "logs", **{**ONE, "datasets": f'["{odd}"]'})
    assert specs.load(run.spec).datasets[0].path == str(odd)
    assert finish(run) == 0
