"""`probe-tui queue` and `pause`: the runs that wait for GPUs, moved, paused and let go on."""

from __future__ import annotations

import time
from argparse import Namespace
from pathlib import Path

from probing.logs import find_run, logs_folder
from probing.logs.waiting.waiting_runs import Ticket, move, queue, tickets
from probing.logs.waiting.wishes import pause as set_paused
from tui.commands.of_runs.batch import narrate
from tui.console import output
from tui.texts.of_runs.run_line import span
from tui.texts.sanitiser import clean

COLUMNS = ("place", "run", "state", "since", "gpus", "logs")


def show(given: Namespace) -> int:
    """Print the runs that wait for GPUs of this machine or hold some, or move one of them."""
    if given.name is not None:
        run = find_run(logs_folder(given.logs), given.name)
        to = given.to - 1 if given.to else 0
        at = move(run, to)
        narrate(f"{run.name} is number {at + 1} of {len(queue())} that wait")
        return 0
    seen, waiting = tickets(), queue()
    if given.json:
        output.write_json([_record(one, waiting) for one in seen])
        return 0
    table = output.plain_table(*COLUMNS, right=("place",))
    for one in seen:
        table.add_row(*map(clean, _row(one, waiting)))
    output.write_table(table)
    return 0


def _record(one: Ticket, waiting: list[Ticket]) -> dict[str, object]:
    return {
        "place": waiting.index(one) + 1 if one in waiting else None,
        "run": one.run.name,
        "state": _state(one),
        "since_s": round(time.time() - one.since, 3),
        "gpus": [list(choice) for choice in one.choices] or list(one.holds),
        "folder": str(one.run),
    }


def _row(one: Ticket, waiting: list[Ticket]) -> tuple[str, ...]:
    place = str(waiting.index(one) + 1) if one in waiting else ""
    gpus = ", ".join(one.holds) or " or ".join("+".join(choice) for choice in one.choices)
    since = span(max(time.time() - one.since, 0))
    return place, one.run.name, _state(one), since, gpus, str(Path(one.run).parent)


def _state(one: Ticket) -> str:
    if one.is_waiting:
        return "paused" if one.wish.is_paused else "waiting"
    return "holding"


def pause(given: Namespace) -> int:
    """Pause live runs, or let them go on."""
    logs = logs_folder(given.logs)
    for run in [find_run(logs, name) for name in given.names]:
        set_paused(run, not given.undo)
        on = f"pauses at its next event; to go on: probe-tui pause --undo {run.name}"
        narrate(f"{run.name} goes on" if given.undo else f"{run.name} {on}")
    return 0
