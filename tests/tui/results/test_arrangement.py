"""Rows by several keys, columns in another order, and views saved by name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from probing.errors import SpecError
from probing.logs import RunView
from probing.logs.results.tables import results
from tests.support.fake_runs import FakeRuns, Shape
from tui.plot.axis import short
from tui.plot.series import PARTS
from tui.results.arranged.arrangement import Arranged, Arrangement, SortKey
from tui.results.arranged.board import Board, more_offered
from tui.results.arranged.saved_views import View, changed, read_views
from tui.results.pivot import PivotWish
from tui.results.rows import Line, ResultRows
from tui.results.verbs.columns import chosen_arrangement, offered
from tui.results.view import Wish, shown_of
from tui.widgets.column_widths import Column
from tui.widgets.row_table import Row

COLUMNS = [Column("pooler"), Column("classifier"), Column("mean"), Column("interval")]
LINES = [
    Line((pooler, name, mean, low), (pooler, name, f"{mean}", f"[{low}]"), (pooler, name))
    for pooler, name, mean, low in (
        ("mean", "LDA", 0.9, 0.7),
        ("first", "LDA", 0.8, 0.75),
        ("mean", "Ridge", 0.9, 0.8),
        ("first", "Ridge", 0.7, 0.6),
    )
]


ROWS = ResultRows(tuple(COLUMNS), LINES)


def order(*keys: SortKey) -> list[tuple[str, ...]]:
    return [line.key for line in Board(ROWS, Arrangement(keys)).lines]


def test_the_first_key_counts_most() -> None:
    by_both = order(SortKey("classifier"), SortKey("mean", True))
    assert by_both == [("mean", "LDA"), ("first", "LDA"), ("mean", "Ridge"), ("first", "Ridge")]
    by_low = order(SortKey("mean", True), SortKey("interval", True))
    assert by_low[:2] == [("mean", "Ridge"), ("mean", "LDA")]
    assert order(SortKey("gone")) == [line.key for line in LINES]


def test_keys_are_added_turned_and_marked() -> None:
    one = Arrangement().next_key(COLUMNS).next_key(COLUMNS)
    assert one.sort == (SortKey("classifier"),)
    both = one.further_key(COLUMNS).next_key(COLUMNS).reversed()
    assert both.sort == (SortKey("classifier"), SortKey("mean", True))
    titles = [column.title for column in both.titled(COLUMNS)]
    assert titles == ["pooler", "classifier ▲1", "mean ▼2", "interval"]
    assert both.told() == "by classifier ▲1, mean ▼2"
    assert [c.title for c in one.titled(COLUMNS)][1] == "classifier ▲"
    last = Arrangement((SortKey("interval"),))
    assert last.next_key(COLUMNS).sort == ()
    turned = Arrangement().turned("mean").turned("mean")
    assert turned.sort == (SortKey("mean", True),) and turned.turned("mean").sort == ()
    assert both.turned("pooler", alone=True).sort == (SortKey("pooler"),)


def test_columns_are_chosen_and_ordered() -> None:
    chosen = Arrangement(order=("mean", "gone"), hidden=("classifier",))
    assert chosen.places(COLUMNS) == [2, 0, 3]
    rows = [Row(line.key, line.texts) for line in LINES]
    shown = Arranged(rows, chosen.places(COLUMNS))
    assert shown[0].cells == ("0.9", "mean", "[0.7]") and len(shown) == 4
    assert shown.find(("first", "LDA")) == 1 and shown.find(("none",)) is None
    every = Arrangement(hidden=tuple(column.title for column in COLUMNS))
    assert every.places(COLUMNS) == [0, 1, 2, 3]


def test_views_are_kept_by_name(tmp_path: Path) -> None:
    path = tmp_path / "config" / "views.json"
    assert read_views(path) == {}
    arrangement = Arrangement((SortKey("mean", True),), ("mean",), ("n",))
    pivot = PivotWish(("model",), "layer", "mean")
    view = View(Wish("layer>3", "auroc", by_cell=True), arrangement, pivot)
    changed(path, {"best é": view})
    assert read_views(path) == {"best é": view} and path.stat().st_mode & 0o077 in (0, 0o044)
    changed(path, {"other": View(Wish())}, drop="best é")
    assert read_views(path) == {"other": View(Wish())}
    path.write_text(
        '{"a": {"wish": {"query": 3, "by_cell": "yes"}, "arrangement": {"sort": 1},'
        ' "pivot": {"rows": ["model"], "column": 3}}, "b": 1}'
    )
    assert read_views(path) == {"a": View(Wish())}
    path.write_text("{")
    with pytest.raises(SpecError, match="is no file of views"):
        changed(path, {"other": View(Wish())})
    assert path.read_text() == "{"


def test_other_columns_tell_of_the_cell_of_the_row(tmp_path: Path) -> None:
    shape = Shape(classifiers=("LDA", "Ridge"), poolers=("mean", "first"), n_layers=4)
    view = RunView(FakeRuns(tmp_path).finished("run", shape))
    view.skim()
    frame = results([view])
    for by_cell in (False, True):
        rows = shown_of(frame, Wish(by_cell=by_cell)).rows
        assert {"auroc", "n_train"} <= {column.title for column in more_offered(rows)}
        more = ("auroc", "gone", "n_train")
        board = Board(rows, Arrangement((SortKey("auroc", True),), ("n_train",), ("n",), more))
        titles = [column.title for column in board.titled()]
        assert titles[0] == "n_train" and "auroc ▼" in titles and "n" not in titles
        table, size = board.table(""), len(PARTS)
        aurocs = [row[table.columns.index("auroc")] for row in table.values]
        assert aurocs == sorted(aurocs, reverse=True)
        shown = board.shown_rows([])
        for row, value in zip(shown, aurocs, strict=True):
            layer = int(row.key[size]) if by_cell else int(row.cells[titles.index("layer")][0])
            told = dict(zip(PARTS, row.key, strict=False)) | {"layer": layer}
            [cell] = frame.filter(**told).iter_rows(named=True)
            assert value == cell["auroc"] and row.cells[0] == f"{cell['n_train']:,}"
            low, high = short(cell["auroc_low"], 3), short(cell["auroc_high"], 3)
            assert f"[{low}, {high}]" in row.cells[titles.index("auroc ▼")]


def test_columns_that_are_not_there_now_are_remembered() -> None:
    before = Arrangement(hidden=("gone",), more=("far", "auroc"))
    given = offered(before, COLUMNS, [Column("auroc"), Column("f1")])
    assert [one.title for one in given if not one.is_shown] == ["f1"]
    given = [replace(one, is_shown=one.title not in ("auroc", "mean")) for one in given]
    after = chosen_arrangement(before, before, given, ["auroc", "f1"])
    assert after.hidden == ("gone", "mean") and after.more == ("far", "f1")
    assert after.order == ("pooler", "classifier", "mean", "interval", "f1")
