"""`probe-tui runs`: list runs and interventions, without what starts them."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from probing.interventions.lookup import list_interventions
from probing.logs import RunView, logs_folder
from probing.logs.folders.run_marks import read_marks
from probing.logs.folders.trash import deleted_runs
from probing.logs.index.listed_runs import listed_runs
from probing.query import fits
from probing.slurm import read_submitted
from tui.console import output
from tui.texts.of_runs.intervention_line import InterventionLine
from tui.texts.of_runs.run_line import RunLine, moment, span
from tui.texts.sanitiser import clean

COLUMNS = ("run", "state", "cells", "failed", "started", "elapsed", "device", "tags")


def list_all(given: Namespace) -> int:
    """List every run that is not archived and every intervention, or those that match.

    The latest come first.
    """
    logs = logs_folder(given.logs)
    shown = [*_runs(given, logs), *_interventions(given, logs)]
    shown.sort(key=lambda one: one.started, reverse=True)
    if given.json:
        output.write_json([one.record for one in shown])
        return 0
    table = output.plain_table(*COLUMNS, right=("cells", "failed"))
    for one in shown:
        table.add_row(*map(clean, one.texts))
    output.write_table(table)
    return 0


@dataclass(frozen=True)
class _Shown:
    """A row of the list: when it was started, its texts, and its JSON object if that is asked."""

    started: float
    texts: tuple[str, ...]
    record: dict[str, object]


def _runs(given: Namespace, logs: Path) -> Iterator[_Shown]:
    for view in listed_runs(logs, deleted_runs(logs) if given.trash else None):
        line = _line(view)
        is_shown = given.all or given.trash or line.is_shown(given.where)
        if is_shown and fits(line.row, given.where):
            record = _record(view, line) if given.json else {}
            yield _Shown(line.started, _row(view, line), record)


def _interventions(given: Namespace, logs: Path) -> Iterator[_Shown]:
    for folder in () if given.trash else list_interventions(logs):
        line = InterventionLine.of(folder)
        if fits(line.row, given.where):
            yield _Shown(line.told.started, line.texts, line.record)


def _line(view: RunView) -> RunLine:
    return RunLine.of(view, marks=read_marks(view.run))


def _row(view: RunView, line: RunLine) -> tuple[str, ...]:
    cells = f"{line.n_done}/{line.n_cells}" if line.n_cells else ""
    failed, tags = str(line.n_failed or ""), " ".join(line.marks.tags)
    times = moment(line.started), span(line.took_s)
    device = line.reason or view.brief.device
    return line.name, line.state, cells, failed, *times, device, tags


def _record(view: RunView, line: RunLine) -> dict[str, object]:
    started = datetime.fromtimestamp(line.started, UTC).isoformat(timespec="seconds")
    return {
        "run": line.name,
        "kind": "run",
        "state": line.status,
        "n_cells": line.n_cells,
        "n_done": line.n_done,
        "n_failed": line.n_failed,
        "started": started if line.started else None,
        "elapsed_s": round(line.took_s, 3),
        "device": view.brief.device or None,
        "job": submitted.job if (submitted := read_submitted(view.run.path)) else None,
        "reason": line.reason or None,
        "exit_code": view.brief.exit_code,
        "damage": view.damage or None,
        "tags": list(line.marks.tags),
        "note": line.marks.note,
        "archived": line.marks.is_archived,
        "folder": str(view.run.path),
    }
