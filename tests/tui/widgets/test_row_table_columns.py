"""The widths of columns: names before extras, numbers whole."""

from __future__ import annotations

from tui.widgets.column_widths import Column, fitted_widths, titled
from tui.widgets.row_table import Row

COLUMNS = (
    Column("dataset", 6, middle=True, rank=1),
    Column("classifier", 6, middle=True, rank=1),
    Column("control", 6, middle=True),
    Column("highest", 7, right=True),
    Column("curve", 16, rank=4),
    Column("n", 4, right=True, rank=6),
)
ROWS = [
    Row(("a",), ("questions", "LogisticRegression", "shuffled_labels", ".902", "#" * 16, "2,556"))
]


def test_names_stay_before_extras() -> None:
    shown = {
        room: [c.title for c, w in zip(COLUMNS, widths(room), strict=True) if w]
        for room in (90, 60, 40, 30)
    }
    assert shown[90] == ["dataset", "classifier", "control", "highest", "curve", "n"]
    assert shown[60] == ["dataset", "classifier", "control", "highest", "curve"]
    assert shown[40] == ["dataset", "classifier", "control", "highest"]
    assert shown[30] == ["dataset", "control", "highest"]


def test_a_number_is_whole_or_not_there() -> None:
    for room in range(20, 100):
        assert widths(room)[5] in (0, 5) and widths(room)[3] in (0, 7)


def test_a_title_is_cut_at_its_end() -> None:
    assert titled(COLUMNS[1], 7) == "classi…"


def widths(room: int) -> list[int]:
    return fitted_widths(COLUMNS, ROWS, room, 2)
