"""Controls that do not depend on the layer: one series for all probes, drawn as a level."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from probing.logs import RunView
from probing.logs.results.tables import results
from tests.support.fake_runs import FakeRuns, Shape
from tui.console.reports.closing_report import plots
from tui.plot.curves import chance_level, draw, series_of
from tui.plot.series import OF_SEVERAL, Series, chosen, labelled

TWO = Shape(models=("gpt2", "pythia"), datasets=("truth", "tense"), n_layers=2, has_levels=True)


def frame(tmp_path: Path, shape: Shape) -> pl.DataFrame:
    view = RunView(FakeRuns(tmp_path).finished("run", shape))
    view.update()
    return results([view])


def levels(series: list[Series]) -> list[Series]:
    return [one for one in series if one.control == "majority"]


def test_a_control_of_one_probe_shares_its_colour(tmp_path: Path) -> None:
    series = series_of(frame(tmp_path, Shape(n_layers=4, has_levels=True)), "accuracy")
    assert [one.control for one in series] == ["", "majority", "shuffled_labels"]
    assert {one.index for one in series} == {0} and {one.label for one in series} == {
        "LogisticRegression"
    }
    [level] = levels(series)
    assert level.flat is not None and not level.xs


def test_a_control_of_several_probes_stands_after_the_first(tmp_path: Path) -> None:
    series = series_of(frame(tmp_path, TWO), "accuracy")
    assert len(levels(series)) == 2
    assert {one.index for one in levels(series)} == {OF_SEVERAL}
    places = [at for at, one in enumerate(series) if one.control == "majority"]
    assert [series[at - 1].key[1] for at in places] == [series[at].key[1] for at in places]
    tasks = [one for one in series if not one.control]
    assert [one.index for one in tasks] == [0, 1, 2, 3]
    assert all(set(label.split()) <= {"gpt2", "pythia", "truth", "tense"}
               for label in labelled([one.key for one in series]).values())  # fmt: skip
    own = [one.key for one in series if one.key[1] == "truth" and one.key[2] in ("", "gpt2")]
    assert {one.index for one in chosen(series, own)} == {0}


def test_it_is_a_level_through_the_plot(tmp_path: Path) -> None:
    series = series_of(frame(tmp_path, Shape(n_layers=4, has_levels=True)), "accuracy")
    series = [one for one in series if one.control != "shuffled_labels"]
    text = draw(series, "accuracy", 60, 20, colour=False, interval="none")
    [line] = [line for line in text.split("\n") if line.count("╌") > 30]
    assert "majority" in text and line.count("╌") > 40


def test_it_stands_in_each_plot_of_its_dataset(tmp_path: Path) -> None:
    whole = frame(tmp_path, TWO)
    parts = plots(whole)
    assert len(parts) == 4
    for part in parts:
        [row] = part.filter(control="majority").rows(named=True)
        assert row["model"] == "" and {row["dataset"]} == set(part["dataset"])
        assert chance_level(part, "accuracy") == pytest.approx(0.48)
    assert plots(whole.filter(control="majority")) == []
