"""`probe-tui attach`, `cancel` and `resume`: follow, stop and continue what was begun."""

from __future__ import annotations

from argparse import Namespace

from probing.events import RunDone
from probing.interventions.folder import InterventionFolder
from probing.interventions.lookup import find_work
from probing.logs import RunFolder, RunView, logs_folder
from probing.logs.results.closing_tables import changed_tables
from tui.commands.of_interventions import begun_interventions as begun
from tui.commands.of_runs.batch import follow_to_end, narrate
from tui.commands.of_runs.batch import resume as start_again
from tui.processes import launcher
from tui.texts.of_runs.plans import counted


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


def _read(run: RunFolder) -> RunView:
    view = RunView(run)
    view.skim()
    return view
