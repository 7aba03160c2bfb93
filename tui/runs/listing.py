"""The list of runs as rows: its columns, and which runs a filter leaves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from rich.cells import cell_len

from probing.query import fits
from tui.runs.one_run.best_scores import BestScore
from tui.texts.of_runs.run_line import LOOKS, RunLine, moment, span
from tui.texts.sanitiser import clean
from tui.widgets.column_widths import Column
from tui.widgets.row_table import Row

COLUMNS = {
    "state": Column("state", 11),
    "run": Column("run", 12, middle=True),
    "cells": Column("cells", 5, right=True),
    "percent": Column("%", 4, right=True),
    "left": Column("left", 4),
    "started": Column("started", 8, rank=1),
    "took": Column("took", 6, right=True, rank=2),
    "best": Column("best", 14, rank=4),
    "interval": Column("95 %", 10, rank=4),
    "control": Column("control", 12, rank=5),
    "tags": Column("tags", 8, rank=3),
}
WITH_TIMES, WITH_SCORES = 110, 150
SCORES = ("best", "interval", "control")


def columns_for(width: int, lines: Iterable[RunLine]) -> tuple[str, ...]:
    """The columns that a list of this width shows; tags only where there are some."""
    left_out = set[str]() if width >= WITH_SCORES else set(SCORES)
    has_tags = any(line.marks.tags or line.marks.note for line in lines)
    left_out |= {"took"} if width < WITH_TIMES else set()
    left_out |= set() if has_tags and width >= WITH_TIMES else {"tags"}
    return tuple(name for name in COLUMNS if name not in left_out)


def shown_of(lines: Iterable[RunLine], query: str, *, with_archived: bool) -> list[RunLine]:
    """The runs that a filter leaves, the latest first; raises `SpecError` for a wrong filter."""
    newest = sorted(lines, key=lambda line: (line.started, line.name), reverse=True)
    shown = [line for line in newest if with_archived or line.is_shown(query)]
    # what a filter compares takes half of the time of a list that a live run changes each second
    return [line for line in shown if fits(line.row, query)] if query.strip() else shown


def row_of(line: RunLine, best: BestScore | None, columns: Sequence[str]) -> Row:
    """The row of a run."""
    tags = " ".join(line.marks.tags) + (" ✎" if line.marks.note else "")
    told = {
        "state": line.state,
        "run": clean(line.name),
        "cells": line.cells,
        "percent": line.percent,
        "left": line.left,
        "started": moment(line.started),
        "took": span(line.took_s) if line.took_s else "",
        "best": best.score if best else "",
        "interval": best.interval if best else "",
        "control": clean(best.control) if best else "",
        "tags": clean(tags.strip()),
    }
    look = "quiet" if line.marks.is_archived else LOOKS.get(line.status, "")
    cells = tuple(told[name] for name in columns)
    return Row((line.name,), cells, look, "▪" if line.marks.is_archived else " ")


def columns_of(names: Sequence[str], rows: Sequence[Row]) -> tuple[Column, ...]:
    """The columns; a count of cells that is cut would say another."""
    at = names.index("cells")
    widest = max((cell_len(row.cells[at]) for row in rows), default=0)
    columns = [COLUMNS[name] for name in names]
    columns[at] = replace(columns[at], least=max(columns[at].least, widest))
    return tuple(columns)


def tags_of(lines: Mapping[str, RunLine]) -> list[str]:
    """The tags of all runs, the most frequent first."""
    counts = Counter(tag for line in lines.values() for tag in line.marks.tags)
    return [tag for tag, _ in counts.most_common()]
