"""`probe-tui report`: a run on one page, as HTML or Markdown."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path

from probing.errors import SpecError
from probing.logs import RunView, find_run, logs_folder
from tui.texts.of_runs.plans import counted
from tui.texts.sanitiser import clean

MARKDOWN = (".md", ".markdown")


def report(given: Namespace) -> int:
    """Write the report of a run; says where."""
    from probing.reports import as_html, report_of, write_markdown  # polars: 0.2 s
    from probing.reports.figures import check_drawing

    check_drawing()
    logs = logs_folder(given.logs)
    run = find_run(logs, given.name)
    path = _path(given.output or f"{run.name}.html")
    view = RunView(run)
    view.skim()
    made = report_of(view, logs, given.metric)
    if path.suffix in MARKDOWN:
        written = write_markdown(made, path)
    else:
        written = [_write(path, as_html(made))]
    figures = counted(sum(part.chart is not None for part in made.parts), "figure")
    print(f"wrote {clean(written[0])}: {figures}", file=sys.stderr)
    for line in made.missing:
        print(clean(line), file=sys.stderr)
    return 0


def _path(name: str) -> Path:
    path = Path(name).expanduser()
    if path.suffix not in (*MARKDOWN, ".html", ".htm"):
        hint = "name a file that ends in .html or .md"
        raise SpecError("a report is HTML or Markdown", where=str(path), hint=hint)
    return path


def _write(path: Path, text: str) -> Path:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SpecError(f"cannot be written ({error.strerror})", where=str(path)) from None
    return path
