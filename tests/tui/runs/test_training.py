"""Losses and norms of networks in the detail of a run: while it is live, and at its end."""

from __future__ import annotations

import dataclasses

import numpy as np
import polars as pl

from probing import events as ev
from probing.logs import EventWriter, RunFolder, RunView, write_arrays
from probing.logs.details.training_logs import epochs_name, packed_names, parameters_name
from probing.logs.details.training_so_far import epochs_so_far, trained_so_far
from probing.logs.results.closing_tables import write_table
from tests.support.fake_runs import FakeRuns, Shape
from tests.support.pane_app import PaneApp, settled
from tui.runs.networks.training import training_of
from tui.runs.screen import RunsPane

SHAPE = Shape(n_layers=2, classifiers=("MLP",))
EPOCHS = np.array([[0.7, 0.72, 1.5, 0.1], [0.5, np.nan, 1.0, 0.2], [0.4, 0.6, 0.8, 0.3]], "f4")


def live(runs: FakeRuns, n_blocks: int = 2) -> RunFolder:
    """A live run whose finished blocks logged how their networks were trained."""
    run = runs.live("nets", n_blocks=0, shape=SHAPE)
    for at in range(n_blocks):
        block(runs, run, at)
    return run


def block(runs: FakeRuns, run: RunFolder, at: int) -> None:
    """Commit a block of a live run."""
    cells = [cell.id for cell in SHAPE.blocks()[at]]
    arrays = {parameters_name(cells[0]): packed_names(["layers.0.weight"])}
    arrays |= {epochs_name(cells[0], fold): EPOCHS + np.float32(at + fold) for fold in (0, 1)}
    sha256 = write_arrays(run.parts / f"{at}.safetensors", arrays)
    writer = EventWriter(run.events)
    writer.append([ev.BlockDone(at, 0, tuple(cells), f"{at}.safetensors", sha256, 0.5)])
    writer.close()


def viewed(run: RunFolder) -> RunView:
    view = RunView(run)
    view.update()
    return view


def test_finished_blocks_of_a_live_run_tell_their_epochs(runs: FakeRuns) -> None:
    view = viewed(live(runs))
    cells = [blocks[0].id for blocks in SHAPE.blocks()[:2]]
    files = [[view.run.parts / f"{at}.safetensors"] for at in (0, 1)]
    assert trained_so_far(view) == dict(zip(cells, files, strict=True))
    frame = epochs_so_far(view, cells[1], files[1], {"model": "gpt2", "layer": 1})
    assert frame is not None and frame.height == 6
    assert frame["fold"].to_list() == [0, 0, 0, 1, 1, 1] and set(frame["layer"]) == {1}
    assert frame["train_loss"].round(2).to_list() == [1.7, 1.5, 1.4, 2.7, 2.5, 2.4]
    assert frame["val_loss"].null_count() == 2
    shown = training_of(view, None)
    assert (shown.at, shown.n_cells) == (1, 2) and "MLP · layer 1" in shown.name
    assert training_of(view, 2).at == 0
    (view.run.parts / "1.safetensors").unlink()
    assert training_of(view, None).n_cells == 1
    assert epochs_so_far(view, cells[1], files[1], {}) is None


def test_a_run_that_is_done_tells_them_from_its_table(runs: FakeRuns) -> None:
    run = live(runs)
    view = viewed(run)
    frames = [training_of(view, at).epochs for at in (0, 1)]
    table = pl.concat(frame.drop("run") for frame in frames if frame is not None)
    done = ev.RunDone(
        9, 0, 2.0, 0, {run.training.name: write_table(run.training, table.write_parquet)}
    )
    writer = EventWriter(run.events)
    writer.append([dataclasses.replace(done)])
    writer.close()
    shown = training_of(viewed(run), None)
    assert (shown.at, shown.n_cells) == (0, 2)
    assert shown.epochs is not None and shown.epochs.height == 6


async def test_the_curves_follow_a_live_run(runs: FakeRuns) -> None:
    run = live(runs, n_blocks=1)
    async with PaneApp(RunsPane, runs.logs).run_test(size=(120, 40)) as pilot:
        pane = pilot.app.query_one(RunsPane)
        await pilot.press("T")
        training = pane.detail.training
        await settled(pilot, lambda: training.shown.n_cells == 1)
        text = str(training.render())
        assert all(word in text for word in ("loss by epoch", "gradient norm", "weight norm"))
        assert "training part" in text and "layer 0" in text
        block(runs, run, 1)
        pilot.app.look()  # type: ignore[attr-defined]
        await settled(pilot, lambda: training.shown.n_cells == 2)
        assert "layer 1" in training.shown.name
        # networks that are at it write nothing into the log: their file is looked at
        cell = SHAPE.blocks()[1][-1].id
        arrays = {parameters_name(cell): packed_names(["w"]), epochs_name(cell, 0): EPOCHS[:2]}
        write_arrays(run.training_so_far / "7.safetensors", arrays)
        pilot.app.look()  # type: ignore[attr-defined]
        await settled(pilot, lambda: training.shown.n_cells == 3)
        assert training.shown.epochs is not None and training.shown.epochs.height == 2
        write_arrays(run.training_so_far / "7.safetensors", arrays | {epochs_name(cell, 0): EPOCHS})
        # another process trains another fold of that cell
        other = {parameters_name(cell): packed_names(["w"]), epochs_name(cell, 1): EPOCHS[:2]}
        write_arrays(run.training_so_far / "7-2.safetensors", other)
        pilot.app.look()  # type: ignore[attr-defined]
        await settled(pilot, lambda: training.shown.epochs.height == 5)
        await pilot.press("left_square_bracket", "left_square_bracket")
        await settled(pilot, lambda: "layer 0" in training.shown.name)
        await pilot.press("escape")
        assert pane.detail.plot.display and not training.display
