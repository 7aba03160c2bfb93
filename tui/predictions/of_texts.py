"""The views that list texts: those that are most wrong, and those on which two cells disagree."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import polars as pl

from probing.logs import RunView
from probing.predictions.cell import Predicted
from probing.predictions.errors import most_wrong
from probing.predictions.texts import Texts, marked, texts_of
from tui.plot.axis import short
from tui.predictions.sight import MarkedText, Sight
from tui.predictions.wording import against, class_name, number, tested
from tui.texts.of_runs.plans import counted
from tui.texts.sanitiser import clean
from tui.widgets.column_widths import Column
from tui.widgets.row_table import Row

Beside = Mapping[str, Any] | None
MOST_LISTED = 500
LEAST_TEXT = 30  # columns; others give way
LINE = 400  # characters of a text in its row
NONE_WRONG = "Every text was decided rightly."


def wrong_sight(view: RunView, predicted: Predicted, beside: Beside) -> Sight:
    """The texts that the probe gets most wrong."""
    frame = most_wrong(predicted)
    is_number = predicted.task == "regression"
    metric = "mae" if is_number else "accuracy"
    facts = [" · ".join([*against(predicted.row, beside, metric), tested(predicted)])]
    if frame.is_empty():
        return Sight("texts that are wrong", tuple(facts), why=NONE_WRONG)
    listed = frame.head(MOST_LISTED)
    told = counted(frame.height, "text") + (" by their error" if is_number else " decided wrongly")
    order = "the surest first" if predicted.has_probabilities else "the farthest scores first"
    order = "the farthest first" if is_number else order
    more = f", the first {MOST_LISTED} are listed" if frame.height > MOST_LISTED else ""
    found = texts_of(view, str(predicted.row["dataset"]), listed["text"])
    facts.append(f"{told}, {order}{more}; {found.problem or 'texts ' + found.source}")
    columns, cells = _numbers_cells() if is_number else _classes_cells(predicted)
    texts = listed_texts(listed, found, marked(predicted.frame), columns, cells)
    rows = listed_rows(listed, texts, cells)
    title = "numbers that are farthest off" if is_number else "texts that are most wrong"
    return Sight(title, tuple(facts), frame, None, columns, rows, texts, of_texts=True)


Cells = Callable[[dict[str, Any]], tuple[str, ...]]


def _classes_cells(predicted: Predicted) -> tuple[tuple[Column, ...], Cells]:
    columns = [
        Column("score", 6, right=True),
        Column("decided", 8, middle=True),
        Column("label", 8, middle=True),
        Column("sure", 4, right=True, rank=2),
        Column("fold", 4, right=True, rank=3),
        Column("group", 5, right=True, rank=4),
    ]
    has_chance = predicted.has_probabilities

    def cells(row: dict[str, Any]) -> tuple[str, ...]:
        sure = "" if row["confidence"] is None else short(row["confidence"])
        names = class_name(row["prediction"]), class_name(row["target"])
        places = str(row["fold"]), str(row["group"])
        return (number(row["score"]), *names, *([sure] if has_chance else []), *places)

    if not has_chance:
        del columns[3]
    return (*columns, Column("text", LEAST_TEXT)), cells


def _numbers_cells() -> tuple[tuple[Column, ...], Cells]:
    columns = (
        Column("predicted", 8, right=True),
        Column("true", 6, right=True),
        Column("error", 6, right=True),
        Column("fold", 4, right=True, rank=3),
        Column("group", 5, right=True, rank=4),
        Column("text", LEAST_TEXT),
    )

    def cells(row: dict[str, Any]) -> tuple[str, ...]:
        numbers = number(row["score"]), number(float(row["target"])), number(row["error"])
        return (*numbers, str(row["fold"]), str(row["group"]))

    return columns, cells


def _key(row: Mapping[str, Any]) -> tuple[str, ...]:
    return str(row["text"]), str(row["fold"])


def listed_texts(
    listed: pl.DataFrame,
    found: Texts,
    marks: Mapping[int, list[tuple[int, int]]],
    columns: tuple[Column, ...],
    cells: Cells,
) -> dict[tuple[str, ...], MarkedText]:
    """The whole texts of the rows that are listed, each with what its row says."""
    texts = {}
    for row in listed.iter_rows(named=True):
        if row["text"] in found.of_rows:
            names = [column.title for column in columns[:-1]]
            told = " · ".join(f"{a} {b}" for a, b in zip(names, cells(row), strict=True) if b)
            spans = tuple(marks.get(row["text"], ()))
            own = f"row {row['text']:,} · {told}"
            texts[_key(row)] = MarkedText(found.of_rows[row["text"]], spans, own)
    return texts


def listed_rows(
    listed: pl.DataFrame, texts: Mapping[tuple[str, ...], MarkedText], cells: Cells
) -> tuple[Row, ...]:
    return tuple(
        Row(_key(row), (*cells(row), line_of(texts.get(_key(row)), row["text"])))
        for row in listed.iter_rows(named=True)
    )


def line_of(text: MarkedText | None, row: int) -> str:
    """A text on one line, what it marks in brackets; of one that is not to be had, its row."""
    if text is None:
        return f"row {row:,}"
    return clean(text.around(LINE))
