"""Scores by the training step of a series of checkpoints."""

from __future__ import annotations

import polars as pl
import pytest

from probing.logs.results.axes import with_axes
from probing.logs.results.tables import result_schema
from tui.plot.along.steps import draw_steps, spaced, trajectories
from tui.plot.along.x_axes import placing

STEPS = (0, 1, 10, 1000)
SIZE = {"width": 80, "height": 24, "ascii": True, "colour": False}


def results(models, layers, control="", score=0.8, **changes) -> pl.DataFrame:
    base = {"run": "r", "dataset": "d", "task": "binary", "site": "resid", "pooler": "mean"}
    base |= {"classifier": "LDA", "control": control, "n_folds": 3, "n_texts": 9, **changes}
    rows = [
        base | {"model": model, "layer": layer, "auroc": score + at / 100}
        for at, model in enumerate(models)
        for layer in layers
    ]
    return with_axes(pl.DataFrame(rows, schema=result_schema()))


PYTHIA = [f"org/m@step{step}" for step in STEPS]


def test_the_step_is_a_column():
    frame = results([*PYTHIA, "gpt2", ""], [0])
    assert frame["step"].to_list() == [*STEPS, None, None]


def test_models_that_differ_in_their_step_alone_are_one_plot():
    other = results(["runs/a/checkpoint-10", "runs/b/checkpoint-10", "gpt2"], [0])
    again = results(PYTHIA[:2], [0], classifier="Ridge")
    parts = trajectories(pl.concat([results(PYTHIA, [0, 1]), other, again]))
    told = [(part["trajectory"][0], part["classifier"][0], part.height) for part in parts]
    assert told == [("org/m@step*", "LDA", 8), ("org/m@step*", "Ridge", 2)]
    assert trajectories(other) == []


def test_what_was_trained_elsewhere_is_another_plot():
    elsewhere = results(PYTHIA, [0, 1], trained_on="e")
    parts = trajectories(pl.concat([results(PYTHIA, [0, 1], trained_on=""), elsewhere]))
    assert [(part["trained_on"][0], part.height) for part in parts] == [("", 8), ("e", 8)]


def test_several_layers_are_curves_of_the_task():
    frame = pl.concat(
        [results(PYTHIA, range(9)), results(PYTHIA, range(9), "shuffled_labels", 0.5)]
    )
    (part,) = trajectories(frame)
    told = draw_steps(part, "auroc", **SIZE)
    assert "AUROC by training step, 5 of 9 layers" in told
    assert all(f"layer {at}" in told for at in (0, 2, 4, 6, 8)) and "shuffled" not in told
    ticks = next(line for line in told.splitlines() if "1,000" in line)
    assert ticks.split() == ["0", "1", "10", "1,000"]


def test_one_layer_stands_beside_its_controls():
    frame = pl.concat([results(PYTHIA, [3]), results(PYTHIA, [3], "shuffled_labels", 0.5)])
    (part,) = trajectories(frame)
    told = draw_steps(part, "auroc", **SIZE)
    assert "AUROC by training step, layer 3" in told and "shuffled labels" in told


def test_steps_stand_in_proportion_or_by_their_logarithm():
    assert list(map(placing([0, 500, 1000]), [0, 500, 1000])) == [0, 500, 1000]
    place = placing(STEPS)
    assert [place(step) for step in STEPS] == [-500, 0, 1000, 3000]


@pytest.mark.parametrize(("n", "kept"), [(3, [0, 1, 2]), (13, [0, 3, 6, 9, 12])])
def test_layers_are_spaced_evenly(n, kept):
    assert spaced(range(n), 5) == kept
