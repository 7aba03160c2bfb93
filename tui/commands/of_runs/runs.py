"""`probe-tui runs`, `attach`, `cancel` and `resume`: list, follow, stop and continue runs."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from probing.events import RunDone
from probing.interventions.folder import InterventionFolder
from probing.interventions.lookup import find_work, list_interventions
from probing.logs import RunFolder, RunView, logs_folder
from probing.logs.folders.run_marks import read_marks
from probing.logs.folders.trash import deleted_runs
from probing.logs.index.listed_runs import listed_runs
from probing.logs.results.closing_tables import changed_tables
from probing.query import fits
from probing.slurm import read_submitted
from tui.commands.of_interventions import begun_interventions as begun
from tui.commands.of_runs.batch import follow_to_end, narrate
from tui.commands.of_runs.batch import resume as start_again
from tui.console import output
from tui.processes import launcher
from tui.texts.of_runs.intervention_line import InterventionLine
from tui.texts.of_runs.plans import counted
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
    """A row of the list: when it was started, its texts, and its JSON object."""

    started: float
    texts: tuple[str, ...]
    record: dict[str, object]


def _runs(given: Namespace, logs: Path) -> Iterator[_Shown]:
    for view in listed_runs(logs, deleted_runs(logs) if given.trash else None):
        line = _line(view)
        is_shown = given.all or given.trash or line.is_shown(given.where)
        if is_shown and fits(line.row, given.where):
            yield _Shown(line.started, _row(view, line), _record(view, line))


def _interventions(given: Namespace, logs: Path) -> Iterator[_Shown]:
    for folder in () if given.trash else list_interventions(logs):
        line = InterventionLine.of(folder)
        if fits(line.row, given.where):
            yield _Shown(line.told.started, line.texts, line.record)


def _line(view: RunView) -> RunLine:
    return RunLine.of(view, marks=read_marks(view.run))


def _read(run: RunFolder) -> RunView:
    view = RunView(run)
    view.skim()
    return view


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


def attach(given: Namespace) -> int:
    """Follow a run or an intervention to its end; if it is over, print how it went."""
    run = find_work(logs_folder(given.logs), given.name)
    if isinstance(run, InterventionFolder):
        return begun.attach(run)
    return follow_to_end(RunView(run), None, given.json)


def cancel(given: Namespace) -> int:
    """Stop a run or an intervention and wait for it."""
    found = find_work(logs_folder(given.logs), given.name)
    run = RunFolder(found.path)  # what holds an intervention holds it as a run
    if not launcher.cancel(run):
        narrate(f"{run.name} is not running")
    elif run.is_alive() or run.waits_in_queue:
        narrate(f"{run.name} was asked to stop and has not stopped yet")
    else:
        narrate(f"cancelled {run.name}; to continue: probe-tui resume {run.name}")
    return 0


def resume(given: Namespace) -> int:
    """Continue what stopped; follow it if it is live, return its exit code if it is done."""
    run = find_work(logs_folder(given.logs), given.name)
    if isinstance(run, InterventionFolder):
        return begun.resume(run, detach=given.detach)
    view = _read(run)
    state = view.state
    if isinstance(state.end, RunDone):
        for line in changed_tables(view):
            narrate(f"warning: {line}")
        if given.failed and state.n_failed:
            return start_again(run, detach=given.detach, as_json=given.json, retries=True)
        more = f"probe-tui resume --failed {run.name} retries the {counted(state.n_failed, 'cell')}"
        left = f"{more} that failed" if state.n_failed else "nothing is left to do"
        narrate(f"{run.name} is finished: {left}")
        return state.end.exit_code
    if run.is_alive() or run.is_submitted:
        is_queued = run.waits_in_queue
        narrate(f"{run.name} {'is in the queue' if is_queued else 'is running'} already")
        return 0 if given.detach else follow_to_end(RunView(run), None, given.json)
    return start_again(run, detach=given.detach, as_json=given.json)
