"""Rows by several keys, columns in another order, and views saved by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from probing.errors import SpecError
from tui.results.arrangement import Arranged, Arrangement, SortKey
from tui.results.pivot import PivotWish
from tui.results.rows import Line
from tui.results.saved_views import View, changed, read_views
from tui.results.view import Wish
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


def order(*keys: SortKey) -> list[tuple[str, ...]]:
    return [line.key for line in Arrangement(keys).sorted(LINES, COLUMNS)]


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
