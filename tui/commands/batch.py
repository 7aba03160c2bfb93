"""`probe-tui --batch SPEC`: check a spec, start its runner, follow it, print the results."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from argparse import Namespace
from pathlib import Path

from probing import spec as specs
from probing.errors import SpecError
from probing.logs import RunFolder, RunView, logs_folder
from probing.plan import Plan
from probing.spec import Spec
from tui.commands.spec_checks import checked_plan
from tui.console import output
from tui.console.waiting import waiting
from tui.processes.launcher import prepare, start_runner
from tui.texts.plans import cost_lines, fetch_text
from tui.texts.sanitiser import clean


def batch(given: Namespace) -> int:
    """Run the spec and follow it, or start it and exit, or print its cost."""
    if given.detach and given.dry_run:
        raise SpecError("--detach and --dry-run cannot be combined")
    base, logs = Path.cwd(), logs_folder(given.logs)
    spec = read_spec(given.batch, given.set)
    with waiting("reading and auditing datasets, reading models"):
        plan = checked_plan(spec, base, logs)
    if given.dry_run:
        return dry_run(plan, given.json)
    for one in plan.fetches:
        narrate(f"the run first fetches {fetch_text(one)}")
    run = prepare(plan.spec, logs, base)
    runner = start_runner(run)
    narrate(f"run {run.name} starts in {run.path}")
    return leave(run) if given.detach else follow_to_end(RunView(run), runner, given.json)


def read_spec(name: str, sets: list[str]) -> Spec:
    """The spec in a file, or on standard input where `name` is `-`."""
    if name != "-":
        return specs.load(Path(name).expanduser(), sets)
    return specs.read(sys.stdin.buffer, "standard input", sets)


def dry_run(plan: Plan, as_json: bool) -> int:
    """Print the plan with its cost."""
    if as_json:
        output.write_json(_record(plan))
        return 0
    output.write_text("\n".join(map(clean, cost_lines(plan))))
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


def leave(run: RunFolder) -> int:
    """Say how to follow the run, and print its name as the last line."""
    from tui.processes.logout_policy import warning

    if danger := warning():
        narrate(f"warning: {danger}")
    narrate(f"to follow it: probe-tui attach {run.name}")
    output.write_text(run.name)
    return 0


def resume(run: RunFolder, *, detach: bool, as_json: bool) -> int:
    """Start the runner of a run again, and follow it from where it stopped."""
    view = RunView(run)
    view.update()
    runner = start_runner(run)
    narrate(f"run {run.name} resumes")
    return leave(run) if detach else follow_to_end(view, runner, as_json)


def follow_to_end(view: RunView, runner: subprocess.Popen[bytes] | None, as_json: bool) -> int:
    """Follow a run, then print its curves and its results."""
    from tui.console.watch import Watch

    code = Watch(view, runner, as_json=as_json).follow()
    if not as_json and view.state.n_done:
        from tui.console.closing_report import report

        report(view)
    return code


def narrate(line: str) -> None:
    """Print a line to standard error: standard output is for data."""
    print(clean(line), file=sys.stderr, flush=True)
