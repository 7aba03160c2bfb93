"""The training of networks as a table of the run, and as plots."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from probing import spec as specs
from probing.engine.classifiers.users.workers import parallel_folds
from probing.engine.classifiers.users.workers.pool import Pool
from probing.engine.experiment import execute, live_training
from probing.engine.experiment.live_training import LiveTraining
from probing.engine.experiment.scoring.logged_training import epochs_of
from probing.logs.details.training_logs import VALUES, packed_names, training_logs, unpacked_names
from probing.logs.details.training_so_far import epochs_so_far
from probing.logs.results.closing_tables import changed_tables, read_table
from probing.plan import Cell
from tests.support.forked_workers import forked_workers
from tests.support.real_runs import new_run, viewed
from tui.cli import main
from tui.plot.along.training import draw_training, trained_cells
from tui.texts.of_runs.stored_plans import planned_cells

CELL = Cell("d", "binary", "m", "resid", "mean", None, "MLP", "")


def test_epochs_are_rows_for_each_parameter() -> None:
    assert unpacked_names(packed_names(["a.weight", "ü"])) == ["a.weight", "ü"]
    values = [[0.5, np.nan, 1, 2, 3, 4], [0.25, 0.75, 5, 6, 7, 8]]
    frame = epochs_of(CELL, 3, ["w", "b"], values)
    assert frame.select("fold", "epoch", "parameter").rows() == [
        (3, 1, "w"), (3, 1, "b"), (3, 2, "w"), (3, 2, "b"),
    ]  # fmt: skip
    assert frame["train_loss"].to_list() == [0.5, 0.5, 0.25, 0.25]
    assert frame["val_loss"].to_list() == [None, None, 0.75, 0.75]
    assert frame["gradient_norm"].to_list() == [1, 2, 5, 6]
    assert frame["weight_norm"].to_list() == [3, 4, 7, 8]


def test_a_run_writes_how_its_networks_were_trained(
    base: Path, tmp_path: Path, cache: Path
) -> None:
    asked = {
        "classifiers": '[{name = "MLP", hidden = 3, max_epoch = 4}, "LDA"]',
        "controls": '["shuffled_labels"]',
        "poolers": '[{pool = "mean", layer = 1}]',
    }
    run = new_run(base, tmp_path / "logs", training_log="true", **asked)
    assert execute(run, specs.load(run.spec), run.path) == 0
    view = viewed(run)
    assert changed_tables(view) == []
    table = read_table(view, run.training)
    assert set(table["classifier"]) == {"MLP"} and set(table["control"]) == {"", "shuffled_labels"}
    names = ["layers.0.weight", "layers.0.bias", "layers.2.weight", "layers.2.bias"]
    assert table["parameter"][:4].to_list() == names
    assert table.height == 2 * 4 * 4 * 4  # cells, folds, epochs and parameters
    assert table["train_loss"].is_not_null().all() and table["val_loss"].is_not_null().all()
    frame = training_logs([view])
    assert frame.drop("run").equals(table.select(frame.columns[1:]))
    cells = trained_cells(frame)
    assert len(cells) == 2
    plots = draw_training(cells[0], 80, 16, ascii=True, colour=False)
    assert [plot.split("\n")[0] for plot in plots] == [
        "loss by epoch, layer 1",
        "gradient norm by epoch, layer 1",
        "weight norm by epoch, layer 1",
    ]
    assert "validation part" in plots[0] and "layers.2.weight" in plots[1]
    plain = new_run(base, tmp_path / "logs", **asked)
    assert execute(plain, specs.load(plain.spec), plain.path) == 0
    assert not plain.training.exists() and training_logs([viewed(plain)]).is_empty()
    scores = [pl.read_parquet(one.scores.read_bytes())["auroc"] for one in (run, plain)]
    assert scores[0].equals(scores[1])


def test_epochs_can_be_looked_at_before_a_block_is_done(
    base: Path, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_training, "LEAST_S", 0.0)
    monkeypatch.setattr(live_training, "SHARE", 1e9)
    run = new_run(
        base,
        tmp_path / "logs",
        training_log="true",
        classifiers='[{name = "MLP", hidden = 3, max_epoch = 4}, '
        '{name = "AttentionProbe", max_epoch = 6}, '
        '{name = "SingleLayer", optimizer = "LBFGS", max_epoch = 3}]',
        controls='["shuffled_labels"]',
        poolers='[{pool = "mean", layer = 1}, {pool = "tokens", layer = 1}]',
        n_shuffles="1",
        select='["layer"]',  # its inner fits train networks too, which are not those of a fold
    )
    looks, before = tmp_path / "looks", LiveTraining.watch
    looks.mkdir()

    def watch(own: LiveTraining, cells: Any, logs: Any) -> None:
        before(own, cells, logs)
        shutil.copy(own.file, looks / f"{time.monotonic_ns()}-{os.getpid()}")

    monkeypatch.setattr(LiveTraining, "watch", watch)
    assert execute(run, specs.load(run.spec), run.path) == 0
    assert not run.training_so_far.exists()
    view = viewed(run)
    final, seen = training_logs([view]), dict[str, dict[str, list[pl.DataFrame]]]()
    for file in sorted(looks.iterdir()):
        for cell in view.state.cells:
            frame = epochs_so_far(view, cell, [file], {})
            if frame is not None:
                process = file.name.partition("-")[2]
                seen.setdefault(cell, {}).setdefault(process, []).append(frame)
    assert len(seen) == 6
    for cell, parts in planned_cells(view, list(seen)).items():
        own = final.filter(
            pl.col(name) == parts[name] for name in ("pooler", "control", "classifier")
        )
        keys = ["fold", "epoch", "parameter"]
        for found in seen[cell].values():
            lengths = [frame.height for frame in found]
            assert lengths == sorted(lengths) and lengths[0] < lengths[-1]
            for frame in (found[0], found[-1]):
                both = frame.select(*keys, *VALUES).join(own, on=keys)
                assert both.height == frame.height
                for name in VALUES:
                    assert np.allclose(both[name], both[f"{name}_right"], 1e-6, equal_nan=True)
        ends = pl.concat(found[-1] for found in seen[cell].values())
        assert ends.unique(keys).height == own.height


def test_workers_go_on_with_a_block_that_is_watched(
    base: Path, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parallel_folds, "_pays", lambda paces, n_left, n: True)
    worked = []
    fits = Pool.fits
    monkeypatch.setattr(Pool, "fits", lambda own, places: worked.append(1) or fits(own, places))
    run = new_run(
        base,
        tmp_path / "logs",
        training_log="true",
        classifiers='[{name = "SingleLayer", optimizer = "LBFGS", max_epoch = 3}]',
        controls="[]",
        poolers='[{pool = "mean", layer = 1}]',
    )
    with forked_workers():
        assert execute(run, specs.load(run.spec), run.path) == 0
    assert worked and set(training_logs([viewed(run)])["fold"]) == {0, 1, 2, 3}


def test_the_command_line_draws_the_training_of_a_run(
    base: Path, tmp_path: Path, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    logs = tmp_path / "logs"
    run = new_run(
        base,
        logs,
        training_log="true",
        classifiers='[{name = "SingleLayer", max_epoch = 3}]',
        controls="[]",
        poolers='[{pool = "mean", layer = 1}]',
    )
    assert execute(run, specs.load(run.spec), run.path) == 0
    assert main(["results", "--logs", str(logs), "--training", run.name]) == 0
    out = capsys.readouterr().out
    assert "loss by epoch, layer 1" in out and "weight norm by epoch" in out
    assert "least_val_loss" in out
    assert main(["results", "--logs", str(logs), "--training", "--format", "csv"]) == 0
    assert capsys.readouterr().out.count("\n") == 1 + 4 * 3 * 2  # folds, epochs, parameters
