"""A report as Markdown, with its figures beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from pathlib import Path

from probing.errors import SpecError
from probing.reports.charts import Part, Table
from probing.reports.figures import drawn
from probing.reports.plain_text import plain
from probing.reports.report import Report

_SPECIAL = re.compile(r"([\\`*_{}\[\]#|~!$])")


def write_markdown(report: Report, path: Path) -> list[Path]:
    """Write the report to `path`, its figures into a folder beside it; the files.

    Raises `SpecError` where they cannot be written.
    """
    folder = path.with_name(f"{path.stem}-figures")
    written = [path]
    try:
        for number, part in enumerate(report.parts, 1):
            if part.chart is not None:
                folder.mkdir(exist_ok=True)
                file = folder / f"{number}.svg"
                file.write_text(drawn(part.chart, f"figure-{number}"), encoding="utf-8")
                written.append(file)
        path.write_text("\n".join(_lines(report, folder.name)), encoding="utf-8")
    except OSError as error:
        raise SpecError(f"cannot be written ({error.strerror})", where=str(path)) from None
    return written


def _lines(report: Report, folder: str) -> Iterator[str]:
    yield f"# {_text(report.title)}\n"
    yield from (f"- {_text(name)}: {_text(fact)}" for name, fact in report.facts)
    yield ""
    yield from (f"> {_text(line)}\n" for line in report.missing)
    if report.findings:
        yield "## What the audit of the data found\n"
        for dataset, one in report.findings:
            told = f"{_text(dataset)}: {_text(one.message)}"
            yield f"- **{one.severity}** {told}{f' ({_text(one.hint)})' if one.hint else ''}"
    for number, part in enumerate(report.parts, 1):
        yield from _part(part, f"{folder}/{number}.svg")
    yield "\n## How to do it again\n\nThe spec, for `probe-tui --batch spec.toml`:\n"
    yield from _code(report.spec, "toml")
    yield from (f"- {_text(name)} {_text(one)}" for name, one in report.versions)
    yield ""


def _part(part: Part, figure: str) -> Iterator[str]:
    yield f"\n## {_text(part.title)}\n"
    if part.chart is not None:
        yield f"![{_text(part.title)}](<{figure}>)\n"
    yield f"{' '.join(map(_text, part.notes))}\n"
    yield from _table(part.table)
    yield ""
    yield from _code(part.command, "sh")


def _table(table: Table) -> Iterator[str]:
    yield _row(table.head)
    yield "|" + " --- |" * len(table.head)
    yield from map(_row, table.rows)


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(_text(cell) for cell in cells) + " |"


def _code(text: str, language: str) -> Iterator[str]:
    """A block of code, whose fence is longer than any that stands in it."""
    told = plain(text)
    longest = max((len(run) for run in re.findall(r"`+", told)), default=0)
    fence = "`" * max(3, longest + 1)
    yield f"{fence}{language}\n{told.rstrip()}\n{fence}\n"


def _text(value: str) -> str:
    line = " ".join(plain(value).split())
    return _SPECIAL.sub(r"\\\1", escape(line, quote=False))
