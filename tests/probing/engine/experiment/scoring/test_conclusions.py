"""What series come to in a run: bands, best layers, p values; the same after a resume."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from probing import spec as specs
from probing.engine.experiment import execute
from probing.logs import RunFolder, RunView, map_arrays
from probing.logs.results.influences import unpacked
from probing.logs.results.tables import results
from probing.uncertainty import Joint, distance, interval


def _rows(run: RunFolder) -> tuple[RunView, pl.DataFrame]:
    view = RunView(run)
    view.update()
    return view, results([view])


@pytest.fixture
def made(run: Callable[..., RunFolder]) -> RunFolder:
    return run(
        classifiers='["LDA", "MassMean"]',
        controls='["majority", "shuffled_labels"]',
        n_shuffles="3",
    )


def test_rows_have_intervals_bands_best_layers_and_p_values(made: RunFolder) -> None:
    view, frame = _rows(made)
    task = frame.filter(pl.col("control") == "")
    for metric in ("accuracy", "auroc", "f1"):
        for row in task.iter_rows(named=True):
            low, high = row[f"{metric}_low"], row[f"{metric}_high"]
            assert row[f"{metric}_band_low"] <= low <= row[metric] <= high
            assert high <= row[f"{metric}_band_high"]
        highest = task.group_by("classifier").agg(pl.all().sort_by(metric).last())
        assert set(highest[f"{metric}_best"]) == {1.0}
        assert set(task[f"{metric}_p_shuffled"]) <= {0.25, 0.5, 0.75, 1.0}
    assert task["accuracy_p_chance"].max() <= 1.0  # against the majority class
    assert set(frame["n_groups"]) == {160}
    assert all("shuffled_labels p=" in told for told in task["beats"])
    assert not view.state.failures


def test_bands_and_p_values_are_those_of_the_influences(made: RunFolder) -> None:
    view, _ = _rows(made)
    arrays = map_arrays(made.influences)
    series = {one.cells: one for one in view.state.series.values() if one.p_values}.values()
    assert len(series) == 2
    scores = {
        cell: unpacked(arrays, cell, "binary", "auroc") for one in series for cell in one.cells
    }
    known = [score for score in scores.values() if score]
    family, above = Joint(known), np.array([distance("auroc", score, 0.5) for score in known])
    for one in series:
        parts = [[list(scores).index(cell) for cell in one.cells]]
        assert one.p_values["chance"]["auroc"] == family.p_values(parts, above)[0]
        for cell in one.cells:
            measured = view.state.cells[cell].measured
            assert measured is not None and scores[cell] is not None
            told = interval("auroc", scores[cell])
            assert (measured.lows["auroc"], measured.highs["auroc"]) == pytest.approx(told)


def test_the_reference_is_the_range_of_one_new_permutation(made: RunFolder) -> None:
    _, frame = _rows(made)
    shuffled = frame.filter(pl.col("control") == "shuffled_labels", pl.col("classifier") == "LDA")
    widths = (shuffled["accuracy_high"] - shuffled["accuracy_low"]).to_numpy()
    # at least that of 160 coins, whose mean over three permutations would be narrower
    assert (widths > 2 * 1.96 * 0.5 / np.sqrt(160)).all()
    folds = pl.read_parquet(made.scores).filter(pl.col("control") == "shuffled_labels")
    means = folds.filter(pl.col("classifier") == "LDA").group_by("layer").agg(pl.mean("accuracy"))
    told = shuffled.sort("layer")["accuracy"].to_numpy()
    np.testing.assert_allclose(told, means.sort("layer")["accuracy"].to_numpy())


def test_a_resumed_run_concludes_alike(made: RunFolder) -> None:
    _, before = _rows(made)
    lines = made.events.read_text().splitlines(keepends=True)
    end = next(at for at, line in enumerate(lines) if '"kind":"series_measured"' in line)
    assert '"kind":"run_done"' in lines[-1]
    # the blocks were removed at the end, so the cells are computed again
    made.events.write_text("".join(lines[: end + 1]))
    assert execute(made, specs.load(made.spec), made.path) == 0
    view, after = _rows(made)
    assert after.equals(before)
    assert view.state.n_attempts == 2


def test_constant_scores_have_no_interval_and_say_so(run: Callable[..., RunFolder]) -> None:
    _, frame = _rows(run(classifiers='["LDA"]', controls='["majority"]'))
    (row,) = frame.filter(pl.col("control") == "majority").head(1).to_dicts()
    assert row["auroc"] == 0.5 and row["auroc_low"] is None
    flag = next(one for one in row["flags"].split("; ") if "scores are all the same" in one)
    assert flag.startswith("no interval of auroc, average_precision")
    assert row["accuracy_low"] is not None
