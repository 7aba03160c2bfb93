"""Layer-wise plots: series, axes, and what is drawn."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probing.logs import RunView
from probing.logs.results.tables import result_schema, results
from probing.metric_names import METRICS
from tests.support.fake_runs import FakeRuns, Shape
from tui.plot.axis import layer_axis, metric_axis, short
from tui.plot.curves import chance_level, draw, series_of
from tui.plot.marks import look_of
from tui.plot.series import Point, Series, chosen


def frame(tmp_path: Path, shape: Shape | None = None) -> pl.DataFrame:
    """Results of a finished run."""
    view = RunView(FakeRuns(tmp_path).finished("run", shape))
    view.update()
    return results([view])


def one(*points: tuple[int | None, float], control: str = "", index: int = 0) -> Series:
    """A series through these points, each with an interval of 0.1."""
    key = ("run", "truth", "gpt2", "resid", "mean", "LDA", control)
    made = tuple(Point(at, value, value - 0.05, value + 0.05, 2000) for at, value in points)
    return Series(key, "LDA", "binary", 5, made, index)


def canvas(text: str) -> list[str]:
    """The lines of the plot between title and legend."""
    lines = text.split("\n")[1:]
    end = next(at for at, line in enumerate(lines) if "└" in line)
    return lines[:end]


def test_a_series_per_probe_and_control(tmp_path: Path) -> None:
    series = series_of(frame(tmp_path), "accuracy")
    assert [each.control for each in series] == ["", "majority", "shuffled_labels"]
    assert {each.index for each in series} == {0}
    assert series[0].xs == list(range(13)) and series[0].n == 2000 and series[0].n_folds == 5
    for point in series[0].points:
        assert point.low is not None and point.high is not None
        assert point.low < point.value < point.high


def test_labels_tell_only_what_differs(tmp_path: Path) -> None:
    shape = Shape(models=("gpt2", "pythia"), classifiers=("LDA", "Ridge"), n_layers=2)
    labels = {each.label for each in series_of(frame(tmp_path, shape), "accuracy")}
    assert labels == {"gpt2 LDA", "gpt2 Ridge", "pythia LDA", "pythia Ridge"}


def test_names_from_outside_cannot_steer_the_terminal(tmp_path: Path) -> None:
    shape = Shape(datasets=("a\x1b]52;c;eA==\x07", "b"), n_layers=2)
    series = series_of(frame(tmp_path, shape), "accuracy")
    assert "\x1b" not in draw(series, "accuracy", 60, 16, colour=False)
    assert "\x1b]" not in draw(series, "accuracy", 60, 16)


def test_cells_without_a_value_are_left_out(tmp_path: Path) -> None:
    cells = frame(tmp_path, Shape(n_layers=4))
    assert series_of(cells, "brier")[0].xs == [1, 2, 3, 4]
    assert series_of(cells, "r2") == []


def test_not_finite_is_a_gap() -> None:
    row = dict.fromkeys(result_schema())
    row |= {"run": "r", "dataset": "d", "task": "binary", "model": "m", "n_folds": 2, "n_texts": 9}
    values = [0.5, math.nan, math.inf, 0.6]
    rows = [{**row, "layer": at, "auroc": value} for at, value in enumerate(values)]
    series = series_of(pl.DataFrame(rows, schema=result_schema()), "auroc")
    assert series[0].xs == [0, 3]
    assert "AUROC" in draw(series, "auroc", 50, 14)


def test_chance(tmp_path: Path) -> None:
    binary = frame(tmp_path)
    assert chance_level(binary, "auroc") == 0.5
    assert chance_level(binary, "accuracy") == pytest.approx(0.48)
    assert chance_level(binary.filter(pl.col("control") != "majority"), "accuracy") is None
    numbers = frame(tmp_path / "numbers", Shape(task="regression", n_layers=2))
    assert chance_level(numbers, "r2") == 0


def test_chance_of_unlike_datasets_is_not_one_number(tmp_path: Path) -> None:
    whole = frame(tmp_path, Shape(datasets=("even", "skewed"), n_layers=2))
    skewed = pl.when(pl.col("dataset") == "skewed").then(0.9).otherwise(pl.col("accuracy"))
    assert chance_level(whole.with_columns(accuracy=skewed), "accuracy") is None


@pytest.mark.parametrize("metric", ["accuracy", "auroc", "f1"])
def test_a_share_reaches_to_one_and_holds_chance(metric: str) -> None:
    axis = metric_axis(metric, [0.91, 0.92, 0.5], 20)
    assert axis.high == 1 and axis.low <= 0.5
    assert not axis.hides(0.5)


def test_other_axes() -> None:
    assert metric_axis("r2", [-40.0, 0.3], 20).low == -1
    bits = metric_axis("v_information", [-0.2, 2.1], 20)
    assert bits.low <= -0.2 and 2.1 <= bits.high < 3
    assert 7.5 <= metric_axis("compression", [1.0, 7.5], 20).high < 9
    error = metric_axis("mse", [0.2, 3.1], 20)
    assert error.low == 0 and error.high >= 3.1
    assert metric_axis("mae", [], 10).high > 0
    assert metric_axis("mse", [0.0], 10).high > 0


@given(
    st.sampled_from(sorted(METRICS)),
    st.lists(st.floats(-50, 50), max_size=8),
    st.integers(4, 60),
)
def test_ticks_lie_inside_and_differ(metric: str, values: list[float], height: int) -> None:
    axis = metric_axis(metric, values, height)
    assert axis.low < axis.high
    assert 1 <= len(axis.ticks) <= height
    assert len(set(axis.labels)) == len(axis.labels)
    assert not any(axis.hides(tick) for tick in axis.ticks)


@given(st.lists(st.integers(0, 200), max_size=20), st.integers(16, 300))
def test_layers_are_whole_numbers(layers: list[int], width: int) -> None:
    axis = layer_axis(layers, width)
    assert all(tick == int(tick) for tick in axis.ticks)
    assert sum(len(label) + 1 for label in axis.labels) <= width


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0.914, 2, ".91"),
        (1.0, 2, "1.00"),
        (-0.05, 2, "-.05"),
        (-0.001, 2, ".00"),
        (12.5, 1, "12.5"),
    ],
)
def test_numbers_as_plots_write_them(value: float, digits: int, text: str) -> None:
    assert short(value, digits) == text


def test_the_curve_rises_where_the_values_rise() -> None:
    rows = canvas(draw([one((0, 0.55), (1, 0.95))], "auroc", 60, 20, interval="none"))
    height = {at: row for row, line in enumerate(rows) for at in [line.find("●")] if at >= 0}
    left, right = min(height), max(height)
    assert left < right and height[left] > height[right]


def test_a_value_stands_at_its_height() -> None:
    text = draw([one((0, 0.5), (1, 0.75), (2, 1.0))], "auroc", 60, 24, colour=False)
    rows = [at for at, line in enumerate(canvas(text)) if "●" in line]
    assert len(rows) == 3 and abs((rows[0] + rows[2]) / 2 - rows[1]) <= 1


def test_a_missing_layer_breaks_the_line() -> None:
    whole = draw([one((0, 0.7), (1, 0.7), (2, 0.7), (3, 0.7))], "auroc", 60, 16, colour=False)
    broken = draw([one((0, 0.7), (1, 0.7), (3, 0.7))], "auroc", 60, 16, colour=False)
    assert max(map(_longest_blank, _with_points(broken))) > max(
        map(_longest_blank, _with_points(whole))
    )


def _with_points(text: str) -> list[str]:
    return [line.strip(" │┤") for line in canvas(text) if "●" in line]


def _longest_blank(line: str) -> int:
    return max((len(part) for part in re.findall(" +", line)), default=0)


def test_chance_controls_and_legend() -> None:
    series = [one((0, 0.7), (1, 0.9)), one((0, 0.5), (1, 0.52), control="shuffled_labels")]
    text = draw(series, "auroc", 70, 20, chance=0.5, colour=False, fit="all")
    assert any("┄┄┄" in line for line in canvas(text))
    assert "● LDA  ○ shuffled labels  ┄ chance .50" in text
    fitted = draw(series, "auroc", 70, 20, chance=0.5, colour=False)
    assert "○ shuffled labels ▾.50–.52  ┄ chance ▾.50" in fitted
    marks = [line for line in canvas(fitted) if "▾" in line]
    assert len(marks) == 1 and marks[0].count("▾") == 3 and "┄┄" not in fitted.split("└")[0]
    told = ["gpt2 · truth · resid · mean", "5 folds · n 2,000 · 95% interval · chance .50"]
    assert text.split("\n")[-2:] == told
    wide = draw(series, "auroc", 90, 20, chance=0.5, colour=False)
    assert wide.split("\n")[-1] == " · ".join(told)


def test_a_plot_names_the_positive_class_that_its_series_share() -> None:
    plain = one((0, 0.7), (1, 0.9))
    named = replace(plain, positive="present\x1b[2J")
    other = replace(plain, positive="true", key=("other", *plain.key[1:]), index=1)
    text = draw([named], "auroc", 70, 20, colour=False)
    assert text.split("\n")[-1] == "5 folds · n 2,000 · 95% interval · positive: present·[2J"
    for several in ([plain], [named, other], [named, plain]):
        assert "positive" not in draw(several, "auroc", 70, 20, colour=False)


def test_plots_of_two_poolers_say_which_they_are() -> None:
    key = ("run", "truth", "package:small", "resid", "mean", "LDA", "")
    points = tuple(Point(at, 0.7, None, None, 9) for at in range(3))
    texts = []
    for pooler in ("mean", "last token"):
        one = Series((*key[:4], pooler, *key[5:]), "LDA", "binary", 5, points, 0)
        texts.append(draw([one], "auroc", 80, 20, colour=False).split("\n")[-1])
    assert texts[0] != texts[1] and "last token" in texts[1] and "package:" not in texts[0]


def test_a_pooler_that_reduces_layers_is_a_level_line() -> None:
    text = draw([one((None, 0.8))], "auroc", 60, 16, colour=False)
    (line,) = (line for line in canvas(text) if "●" in line)
    assert line.count("●") == 2 and len(line) == 60 and line.count("⠒") > 40


@pytest.mark.parametrize("interval", ["whiskers", "band", "none"])
def test_intervals(interval: str) -> None:
    series = [one((0, 0.6), (1, 0.7), (2, 0.8))]
    text = draw(series, "auroc", 60, 24, interval=interval, colour=False)  # type: ignore[arg-type]
    body = "\n".join(line[5:] for line in canvas(text))
    assert ("│" in body) == (interval == "whiskers")
    assert ("░" in body) == (interval == "band")
    assert ("95% interval" in text) == (interval != "none")


def test_series_differ_without_colour() -> None:
    probes = [one((0, 0.5), index=at) for at in range(6)]
    for ascii_only in (False, True):
        looks = [look_of(probe, ascii_only).point for probe in probes]
        assert len(set(looks)) == len(looks)
    control = look_of(one((0, 0.5), control="shuffled_labels"), True)
    assert control.point != look_of(probes[0], True).point


def test_ascii_is_ascii() -> None:
    series = [one((0, 0.7), (1, 0.9)), one((0, 0.5), (1, 0.52), control="shuffled_labels")]
    text = draw(series, "auroc", 70, 20, chance=0.5, colour=False, ascii=True)
    assert text.isascii()


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 140),
    st.integers(1, 50),
    st.lists(st.tuples(st.integers(0, 40), st.floats(-3, 3)), max_size=8, unique_by=lambda p: p[0]),
    st.booleans(),
)
def test_it_fits_its_box(
    width: int, height: int, points: list[tuple[int, float]], ascii_only: bool
) -> None:
    series = [one(*sorted(points))] if points else []
    text = draw(series, "r2", width, height, chance=0.0, colour=False, ascii=ascii_only)
    lines = text.split("\n")
    assert len(lines) <= max(height, 1)
    assert max(map(len, lines)) <= max(width, 4)


def test_chosen_series_get_colours_of_their_own(tmp_path: Path) -> None:
    shape = Shape(classifiers=("LDA", "MassMean", "Ridge"), n_layers=2)
    series = series_of(frame(tmp_path, shape), "accuracy")
    last = [each for each in series if each.key[5] == "Ridge"]
    kept = chosen(series, [each.key for each in last])
    assert [each.index for each in kept] == [0, 0, 0] and last[0].index == 2


def test_bands_cover_more_than_intervals_and_name_the_best_layers() -> None:
    base = one((0, 0.6), (1, 0.7), (2, 0.8), (3, 0.8))
    points = tuple(
        replace(point, band_low=point.value - 0.2, band_high=point.value + 0.2, is_best=at > 1)
        for at, point in enumerate(base.points)
    )
    made = replace(base, points=points)
    texts = {
        kind: draw([made], "auroc", 80, 30, interval=kind, colour=False)  # type: ignore[arg-type]
        for kind in ("whiskers", "band")
    }
    assert "95% band over all layers" in texts["band"] and "95% interval" in texts["whiskers"]
    assert all("best layers 2-3" in text for text in texts.values())
    rows = {
        kind: sum("░" in line or "│" in line[5:] for line in canvas(text))
        for kind, text in texts.items()
    }
    assert rows["band"] > rows["whiskers"]


def test_the_reference_of_permutations_is_a_band_whatever_the_task_shows() -> None:
    task = one((0, 0.9), (1, 0.9))
    shuffled = replace(
        task,
        key=(*task.key[:-1], "shuffled_labels"),
        points=tuple(Point(at, 0.5, 0.45, 0.55, 2000, 0.3, 0.7) for at in (0, 1)),
    )
    text = draw([task, shuffled], "auroc", 80, 30, colour=False, fit="all")
    low = min(float(label) for label in re.findall(r"^ ?(\.\d+|1\.0)┤", text, re.M))
    assert low <= 0.3


class TestFlags:
    def test_those_of_every_cell_stand_below_the_plot(self) -> None:
        told = "label follows length: .83 (majority .51)"
        probe = replace(one((0, 0.5), (1, 0.9)), flags=(told,))
        control = one((0, 0.5), (1, 0.5), control="majority")
        drawn = draw([probe, control], "accuracy", 80, 20, colour=False).split("\n")
        assert drawn[-1] == f"! {told}" and len(drawn) == 20
        assert draw([probe], "accuracy", 30, 20, colour=False).split("\n")[-1].endswith("…")

    def test_those_of_some_have_their_label(self) -> None:
        first = replace(one((0, 0.5)), flags=("a", "b"), label="x")
        second = replace(one((0, 0.5), index=1), flags=("a",), label="y")
        drawn = draw([first, second], "accuracy", 80, 20, colour=False)
        assert drawn.split("\n")[-1] == "! a · x: b"

    def test_a_flag_of_one_layer_is_none_of_the_curve(self, tmp_path: Path) -> None:
        cells = frame(tmp_path, Shape(n_layers=3))
        flags = pl.when(pl.col("layer") == 3).then(pl.lit("x; y")).otherwise(pl.lit("y"))
        series = series_of(cells.with_columns(flags=flags), "accuracy")
        assert {each.flags for each in series} == {("y",)}
