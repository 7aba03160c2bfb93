"""Rows of measurements, as a Markdown table and as JSON."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

MISSING = "not installed"
_HEAD = ("who", "median", "spread", "× ours", "agreement", "note")


@dataclass(frozen=True)
class Row:
    """One contender's measurement of one piece of work.

    `samples` are in `unit`, of the whole work, extrapolated where the note says so; none where
    nothing could be measured. `ratio` is the median over that of ours: above 1, ours is better.
    """

    subject: str
    work: str
    who: str
    samples: tuple[float, ...] = ()
    unit: str = "s"
    ratio: float | None = None
    agreement: str = ""
    note: str = ""

    @property
    def median(self) -> float | None:
        """The middle of the samples."""
        return statistics.median(self.samples) if self.samples else None


def against(rows: Sequence[Row], ours: str) -> list[Row]:
    """The same rows with the ratio of each to the row of that name."""
    base = next((row.median for row in rows if row.who == ours), None)
    return [Row(**{**_fields(row), "ratio": _ratio(row.median, base)}) for row in rows]


def _fields(row: Row) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__dataclass_fields__}


def _ratio(value: float | None, base: float | None) -> float | None:
    return value / base if value is not None and base else None


def tables(rows: Iterable[Row]) -> Iterator[str]:
    """A table for each piece of work, as its rows come, under a heading for each subject."""
    for subject, of_subject in groupby(rows, lambda row: row.subject):
        yield f"## {subject}\n"
        for work, of_work in groupby(of_subject, lambda row: row.work):
            lines = [_line(_HEAD), _line(["---"] * len(_HEAD)), *map(_row_line, of_work)]
            yield "\n".join([f"**{work}**", "", *lines, ""])


def _row_line(row: Row) -> str:
    return _line((row.who, _middle(row), _spread(row), _times(row), row.agreement, row.note))


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |"


def _middle(row: Row) -> str:
    return "" if row.median is None else f"{_short(row.median)} {row.unit}"


def _spread(row: Row) -> str:
    if len(row.samples) < 2:
        return ""
    return f"{_short(min(row.samples))}–{_short(max(row.samples))}"


def _times(row: Row) -> str:
    return "" if row.ratio is None else f"{_short(row.ratio)} ×"


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def write_json(path: Path, about: dict[str, Any], rows: Sequence[Row]) -> None:
    """Everything, with the machine and the options, for a program to read."""
    content = {"about": about, "rows": [asdict(row) | {"median": row.median} for row in rows]}
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
