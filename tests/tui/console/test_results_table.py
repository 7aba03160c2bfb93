"""The printed table of results: what stands below its rows."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from probing.logs import RunFolder, RunView
from probing.logs.results.tables import results
from probing.logs.states.cell_state import CellState
from tests.support.fold_events import fold
from tui.console.output import write_table
from tui.console.reports.results_table import results_table
from tui.texts.facts.positive_class import positives_told


def frame(**positives: str) -> pl.DataFrame:
    """Results with a cell for each dataset, by the positive class of each."""
    view = RunView(RunFolder(Path("run")))
    for name, positive in positives.items():
        one = fold(cell=name, dataset=name, positive=positive)
        view.state.cells[name] = CellState([one], attempt=0, done=True)
    return results([view])


def printed(capsys: pytest.CaptureFixture[str], cells: pl.DataFrame, most: int | None) -> list[str]:
    """The lines of the table."""
    write_table(results_table(cells, most))
    return [line.strip() for line in capsys.readouterr().out.splitlines() if line.strip()]


@pytest.mark.parametrize(
    ("positives", "told"),
    [
        ({"tense": "present"}, "positive class: present"),
        ({"a": "true", "b": "true", "years": ""}, "positive class: true"),
        (
            {"tense": "present", "truth": "true"},
            "positive classes: present (tense), true (truth)",
        ),
        ({"a\x1b]0;x": "b\x07", "c": "d"}, "positive classes: b· (a·]0;x), d (c)"),
    ],
)
def test_below_the_table_stands_which_class_is_positive(
    capsys: pytest.CaptureFixture[str], positives: dict[str, str], told: str
) -> None:
    assert positives_told(frame(**positives).select("dataset", "positive").iter_rows()) == told
    assert told in " ".join(printed(capsys, frame(**positives), None))


def test_nothing_is_said_where_none_is_known(capsys: pytest.CaptureFixture[str]) -> None:
    assert "positive" not in " ".join(printed(capsys, frame(years="", old=""), None))


def test_rows_that_are_left_out_are_counted_below(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, frame(a="x", b="x", c="x"), 1)
    assert "positive class: x" in " ".join(lines)
    assert "2 more rows; to see all: probe-tui results" in " ".join(lines)


def test_a_long_list_of_positive_classes_is_cut() -> None:
    told = positives_told((f"d{at}", f"c{at}") for at in range(9))
    assert told == "positive classes: c0 (d0), c1 (d1), c2 (d2), c3 (d3), 5 more"


def test_a_control_that_is_not_applicable_says_so_and_takes_no_flag_from_the_others(
    capsys: pytest.CaptureFixture[str],
) -> None:
    cells = frame(cats="x").with_columns(flags=pl.lit("few groups: 3"))
    reason = "not applicable: all texts have the same token there"
    without = cells.with_columns(
        control=pl.lit("control_task"), accuracy=pl.lit(None, pl.Float64), flags=pl.lit(reason)
    )
    lines = printed(capsys, pl.concat([cells, without]), None)
    [row] = [line for line in lines if "control_task" in line]
    assert "n/a" in row
    assert "! cats: few groups: 3" in lines


def test_a_control_that_is_not_applicable_has_one_row_for_all_layers(
    capsys: pytest.CaptureFixture[str],
) -> None:
    layers = pl.concat([frame(cats="x").with_columns(layer=pl.lit(at, pl.Int64)) for at in (0, 1)])
    without = layers.with_columns(
        control=pl.lit("control_task"),
        accuracy=pl.lit(None, pl.Float64),
        flags=pl.lit("not applicable: all texts have the same token there"),
    )
    lines = printed(capsys, pl.concat([layers, without]), None)
    assert [line.split()[0] for line in lines if "control_task" in line] == ["control_task"]
    assert sum(line.startswith(("0 ", "1 ")) for line in lines) == 2
