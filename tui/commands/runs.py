"""`probe-tui runs`, `attach`, `cancel` and `resume`: list, follow, stop and continue runs."""

from __future__ import annotations

from argparse import Namespace
from datetime import UTC, datetime

from probing.events import RunDone, RunFailed
from probing.logs import RunFolder, RunView, find_run, list_runs, logs_folder
from probing.logs.closing_tables import changed_tables
from probing.logs.run_marks import read_marks
from probing.logs.trash import deleted_runs
from probing.query import fits
from tui.commands.batch import follow_to_end, narrate
from tui.commands.batch import resume as start_again
from tui.console import output
from tui.processes import launcher
from tui.texts.run_line import RunLine, moment, span
from tui.texts.sanitiser import clean

COLUMNS = ("run", "state", "cells", "failed", "started", "elapsed", "device", "tags")


def list_all(given: Namespace) -> int:
    """List every run that is not archived, or those that match, latest first."""
    logs = logs_folder(given.logs)
    runs = deleted_runs(logs) if given.trash else list_runs(logs)
    lines = [(view, _line(view)) for view in map(_read, runs)]
    shown = [
        (view, line)
        for view, line in lines
        if fits(line.row, given.where) and (given.all or given.trash or line.is_shown(given.where))
    ]
    if given.json:
        output.write_json([_record(view, line) for view, line in shown])
        return 0
    table = output.plain_table(*COLUMNS, right=("cells", "failed"))
    for view, line in shown:
        table.add_row(*map(clean, _row(view, line)))
    output.write_table(table)
    return 0


def _line(view: RunView) -> RunLine:
    return RunLine.of(view, marks=read_marks(view.run))


def _read(run: RunFolder) -> RunView:
    view = RunView(run)
    view.skim()
    return view


def _row(view: RunView, line: RunLine) -> tuple[str, ...]:
    state = view.state
    cells = f"{line.n_done}/{line.n_cells}" if line.n_cells else ""
    device = state.device.device if state.device else ""
    failed, tags = str(line.n_failed or ""), " ".join(line.marks.tags)
    times = moment(line.started), span(line.took_s)
    return line.name, line.state, cells, failed, *times, device, tags


def _record(view: RunView, line: RunLine) -> dict[str, object]:
    state = view.state
    started = datetime.fromtimestamp(line.started, UTC).isoformat(timespec="seconds")
    end = state.end
    return {
        "run": line.name,
        "state": line.status,
        "n_cells": line.n_cells,
        "n_done": line.n_done,
        "n_failed": line.n_failed,
        "started": started if line.started else None,
        "elapsed_s": round(line.took_s, 3),
        "device": state.device.device if state.device else None,
        "exit_code": end.exit_code if isinstance(end, RunDone | RunFailed) else None,
        "damage": view.damage or None,
        "tags": list(line.marks.tags),
        "note": line.marks.note,
        "archived": line.marks.is_archived,
        "folder": str(view.run.path),
    }


def attach(given: Namespace) -> int:
    """Follow a run to its end; if it is over, print how it went."""
    run = find_run(logs_folder(given.logs), given.name)
    return follow_to_end(RunView(run), None, given.json)


def cancel(given: Namespace) -> int:
    """Stop a run and wait for it."""
    run = find_run(logs_folder(given.logs), given.name)
    if not launcher.cancel(run):
        narrate(f"{run.name} is not running")
    elif run.is_alive():
        narrate(f"{run.name} was asked to stop and has not stopped yet")
    else:
        narrate(f"cancelled {run.name}; to continue: probe-tui resume {run.name}")
    return 0


def resume(given: Namespace) -> int:
    """Continue a run; follow it if it is live, return its exit code if it is done."""
    run = find_run(logs_folder(given.logs), given.name)
    view = _read(run)
    state = view.state
    if isinstance(state.end, RunDone):
        for line in changed_tables(view):
            narrate(f"warning: {line}")
        narrate(f"{run.name} is finished: nothing is left to do")
        return state.end.exit_code
    if run.is_alive():
        narrate(f"{run.name} is running already")
        return 0 if given.detach else follow_to_end(RunView(run), None, given.json)
    return start_again(run, detach=given.detach, as_json=given.json)
