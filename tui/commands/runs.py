"""`probe-tui runs`, `attach`, `cancel` and `resume`: list, follow, stop and continue runs."""

from __future__ import annotations

import time
from argparse import Namespace
from datetime import UTC, datetime

from probing.events import RunDone, RunFailed
from probing.logs import RunFolder, RunView, find_run, list_runs, logs_folder
from probing.logs.closing_tables import changed_tables
from tui.commands.batch import follow_to_end, narrate
from tui.commands.batch import resume as start_again
from tui.console import output
from tui.processes import launcher
from tui.texts.run_line import RunLine, moment, span
from tui.texts.sanitiser import clean


def list_all(given: Namespace) -> int:
    """List every run, latest first."""
    views = [_read(run) for run in list_runs(logs_folder(given.logs))]
    if given.json:
        output.write_json([_record(view) for view in views])
        return 0
    table = output.plain_table(
        "run", "state", "cells", "failed", "started", "elapsed", "device", right=("cells", "failed")
    )
    for view in views:
        table.add_row(*map(clean, _row(view)))
    output.write_table(table)
    return 0


def _read(run: RunFolder) -> RunView:
    view = RunView(run)
    view.skim()
    return view


def _row(view: RunView) -> tuple[str, ...]:
    line, state = RunLine.of(view), view.state
    cells = f"{line.n_done}/{line.n_cells}" if line.n_cells else ""
    device = state.device.device if state.device else ""
    failed = str(line.n_failed or "")
    return (
        line.name, line.state, cells, failed, moment(line.started), span(elapsed(view)), device
    )  # fmt: skip


def _record(view: RunView) -> dict[str, object]:
    line, state = RunLine.of(view), view.state
    started = datetime.fromtimestamp(line.started, UTC).isoformat(timespec="seconds")
    end = state.end
    return {
        "run": line.name,
        "state": line.status,
        "n_cells": line.n_cells,
        "n_done": line.n_done,
        "n_failed": line.n_failed,
        "started": started if line.started else None,
        "elapsed_s": round(elapsed(view), 3),
        "device": state.device.device if state.device else None,
        "exit_code": end.exit_code if isinstance(end, RunDone | RunFailed) else None,
        "damage": view.damage or None,
        "folder": str(view.run.path),
    }


def elapsed(view: RunView) -> float:
    """Seconds that the run has worked so far, all attempts together."""
    began = view.state.attempt_time
    if not began:
        return 0.0
    ended = time.time() if RunLine.of(view).is_going else view.state.last_time
    return view.state.earlier_s + max(ended - began, 0.0)


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
