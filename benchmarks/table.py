"""Rows of measurements, as a Markdown table and as JSON."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.targets import Goal, Verdict, short

MISSING = "not installed"
FLOOR_OF = "floor of "  # the name of a contender follows
_HEAD = ("who", "median", "spread", "× ours", "agreement", "note")


@dataclass(frozen=True)
class Row:
    """One contender's measurement of one piece of work.

    `samples` are in `unit`, of the whole work, extrapolated where the note says so; none where
    nothing could be measured. `ratio` is the median over that of ours: above 1, ours is better.
    `targets` are those that bear on this row. The rows of one `work` are a table.
    """

    subject: str
    work: str
    who: str
    samples: tuple[float, ...] = ()
    unit: str = "s"
    ratio: float | None = None
    agreement: str = ""
    note: str = ""
    targets: tuple[Verdict, ...] = ()

    @property
    def median(self) -> float | None:
        """The middle of the samples."""
        return statistics.median(self.samples) if self.samples else None


def against(rows: Sequence[Row], ours: str, goals: Iterable[Goal] = ()) -> list[Row]:
    """The same rows with the ratio of each to the row of that name, and how the goals stand."""
    medians = {row.who: row.median for row in rows if row.median is not None}
    start = len(FLOOR_OF)
    floors = {who[start:]: median for who, median in medians.items() if who.startswith(FLOOR_OF)}
    judged = []
    for row in rows:
        own = [goal for goal in goals if goal.over == row.who]
        verdicts = (goal.verdict(medians, floors, row.unit) for goal in own)
        targets = tuple(verdict for verdict in verdicts if verdict is not None)
        judged.append(replace(row, ratio=_ratio(row.median, medians.get(ours)), targets=targets))
    return judged


def _ratio(value: float | None, base: float | None) -> float | None:
    return value / base if value is not None and base and base > 0 else None


def table(rows: Sequence[Row], *, binding: bool = True) -> str:
    """The table of one piece of work, and below it its targets.

    They bind where the shapes are those that they are set for.
    """
    target = "target" if binding else "target of the full shapes, for orientation"
    lines = [_line(_HEAD), _line(["---"] * len(_HEAD)), *map(_row_line, rows), ""]
    verdicts = [f"- {target}: {verdict}" for row in rows for verdict in row.targets]
    return "\n".join([f"**{rows[0].work}**", "", *lines, *verdicts, *([""] if verdicts else [])])


def _row_line(row: Row) -> str:
    return _line((row.who, _middle(row), _spread(row), _times(row), row.agreement, row.note))


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |"


def _middle(row: Row) -> str:
    return "" if row.median is None else f"{short(row.median)} {row.unit}"


def _spread(row: Row) -> str:
    if len(row.samples) < 2:
        return ""
    return f"{short(min(row.samples))}–{short(max(row.samples))}"


def _times(row: Row) -> str:
    return "" if row.ratio is None else f"{short(row.ratio)} ×"


def write_json(path: Path, about: dict[str, Any], rows: Sequence[Row]) -> None:
    """Everything, with the machine and the options, for a program to read."""
    content = {"about": about, "rows": [_as_json(row) for row in rows]}
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _as_json(row: Row) -> dict[str, Any]:
    targets = [verdict.as_json() for verdict in row.targets]
    return asdict(row) | {"median": row.median, "targets": targets}
