"""`probe-tui --batch SPEC`: check a spec, start its runner, follow it, print the results."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from probing import spec as specs
from probing.errors import SpecError
from probing.logs import RunFolder, RunView, logs_folder
from probing.plan import Plan
from probing.spec import Spec, sweep_of
from tui.commands.of_runs.spec_checks import checked_plan
from tui.console import output
from tui.console.waiting import waiting
from tui.processes.launcher import launch_in_turn, prepare, start_runner
from tui.texts.of_runs.plans import cost_lines, counted, duration, fetch_text
from tui.texts.sanitiser import clean

CANCELLED = 130  # the exit code of what was interrupted


def batch(given: Namespace) -> int:
    """Run the spec, or each of a sweep, and follow it; or start it and exit, or print its cost."""
    if given.detach and given.dry_run:
        raise SpecError("--detach and --dry-run cannot be combined")
    base, logs = Path.cwd(), logs_folder(given.logs)
    spec = read_spec(given.batch, given.set)
    wanted = sweep_of(spec, given.sweep) if given.sweep else (spec,)
    with waiting("reading and auditing datasets, reading models"):
        plans = [checked_plan(one, base, logs) for one in wanted]
    if given.dry_run:
        return dry_run(plans, given.json)
    for one in dict.fromkeys(one for plan in plans for one in plan.fetches):
        narrate(f"the run first fetches {fetch_text(one)}")
    found = [plan.spec for plan in plans]
    return _start(found, logs, base) if given.detach else _follow(found, logs, base, given.json)


def _start(found: Sequence[Spec], logs: Path, base: Path) -> int:
    """Start every run, on a CPU each after the one before, and print their names."""
    runs = launch_in_turn(found, logs, base)
    for run in runs:
        narrate(f"run {run.name} starts in {run.path}")
    return leave(runs)


def _follow(found: Sequence[Spec], logs: Path, base: Path, as_json: bool) -> int:
    """Run one after the other; the first that does not end well says the exit code."""
    codes = []
    for spec in found:
        run = prepare(spec, logs, base)
        runner = start_runner(run)
        narrate(f"run {run.name} starts in {run.path}")
        codes.append(follow_to_end(RunView(run), runner, as_json))
        if codes[-1] == CANCELLED:
            break
    return next((code for code in codes if code), 0)


def read_spec(name: str, sets: list[str]) -> Spec:
    """The spec in a file, or on standard input where `name` is `-`."""
    if name != "-":
        return specs.load(Path(name).expanduser(), sets)
    return specs.read(sys.stdin.buffer, "standard input", sets)


def dry_run(plans: Sequence[Plan], as_json: bool) -> int:
    """Print the plans with their cost; of a sweep also the sum."""
    if as_json:
        records = list(map(_record, plans))
        output.write_json(records[0] if len(records) == 1 else records)
        return 0
    for plan in plans:
        if len(plans) > 1:
            output.write_text(f"{plan.spec.name}")
        output.write_text("\n".join(map(clean, cost_lines(plan))))
    if len(plans) > 1:
        cells = counted(sum(plan.cost.n_cells for plan in plans), "cell")
        seconds = sum(plan.cost.total_s for plan in plans)
        output.write_text(f"{len(plans)} runs  {cells}, about {duration(seconds)} in all")
    return 0


def _record(plan: Plan) -> dict[str, object]:
    cost = dataclasses.asdict(plan.cost)
    passes = cost.pop("passes")
    return {
        "name": plan.spec.name,
        "cost": {**cost, "total_s": plan.cost.total_s},
        "passes": [
            {**told, "n_blocks": len(one.blocks)}
            for one, told in zip(plan.passes, passes, strict=True)
        ],
        "cells": [{"id": cell.id, **dataclasses.asdict(cell)} for cell in plan.cells],
        "fetches": [dataclasses.asdict(one) for one in plan.fetches],
        "notes": list(plan.notes),
        "lacks": list(plan.lacks),
        "findings": {
            one.name: [dataclasses.asdict(each) for each in one.findings] for one in plan.datasets
        },
    }


def leave(runs: Sequence[RunFolder]) -> int:
    """Say how to follow the runs, and print their names, one a line, as the last lines."""
    from tui.processes.logout_policy import warning

    if danger := warning():
        narrate(f"warning: {danger}")
    narrate(f"to follow it: probe-tui attach {runs[0].name}")
    output.write_text("\n".join(run.name for run in runs))
    return 0


def resume(run: RunFolder, *, detach: bool, as_json: bool, retries: bool = False) -> int:
    """Start the runner of a run again, and follow it from where it stopped.

    One that `retries` computes the failed cells of a finished run again.
    """
    view = RunView(run)
    view.update()
    runner = start_runner(run, retries=retries)
    narrate(f"run {run.name} {'retries its failed cells' if retries else 'resumes'}")
    return leave([run]) if detach else follow_to_end(view, runner, as_json)


def follow_to_end(view: RunView, runner: subprocess.Popen[bytes] | None, as_json: bool) -> int:
    """Follow a run, then print its curves and its results."""
    from tui.console.watch import Watch

    code = Watch(view, runner, as_json=as_json).follow()
    if not as_json and view.state.n_done:
        from tui.console.reports.closing_report import report

        report(view)
    return code


def narrate(line: str) -> None:
    """Print a line to standard error: standard output is for data."""
    print(clean(line), file=sys.stderr, flush=True)
