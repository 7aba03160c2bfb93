"""`probe-tui --batch SPEC`: check a spec, start its runner, follow it, print the results."""

from __future__ import annotations

import dataclasses
import glob
import subprocess
import sys
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from probing import slurm
from probing import spec as specs
from probing.errors import SpecError
from probing.logs import RunFolder, RunView, logs_folder
from probing.logs.mirrors.following import followed
from probing.logs.mirrors.places import url_of
from probing.logs.mirrors.sending import unsent
from probing.plan import Plan
from probing.spec import Engine, Spec, sweep_of
from probing.spec.engines import SLURM
from probing.spec.slurm_options import slurm_options
from tui.commands.of_runs.spec_checks import checked_plan
from tui.console import output
from tui.console.waiting import waiting
from tui.processes.launcher import (
    cancel,
    check_engine,
    job_of,
    launch_in_turn,
    prepare,
    start_runner,
)
from tui.texts.of_runs.plans import cost_lines, counted, duration, fetch_text
from tui.texts.sanitiser import clean

CANCELLED = 130  # the exit code of what was interrupted


def batch(given: Namespace) -> int:
    """Run the spec, or each of a sweep, and follow it; or start it and exit, or print its cost."""
    if given.detach and given.dry_run:
        raise SpecError("--detach and --dry-run cannot be combined")
    base, logs = Path.cwd(), logs_folder(given.logs)
    wanted = _wanted(given)
    for one in wanted:
        check_engine(one)
    with waiting("reading and auditing datasets, reading models"):
        plans = [checked_plan(one, base, logs) for one in wanted]
    if given.dry_run:
        return dry_run(plans, logs, given.json)
    for fetch in dict.fromkeys(one for plan in plans for one in plan.fetches):
        narrate(f"the run first fetches {fetch_text(fetch)}")
    found = [plan.spec for plan in plans]
    return _start(found, logs, base) if given.detach else _follow(found, logs, base, given.json)


def _start(found: Sequence[Spec], logs: Path, base: Path) -> int:
    """Start every run, on a CPU each after the one before, and print their names."""
    runs = launch_in_turn(found, logs, base)
    for run in runs:
        narrate(_begins(run))
    return leave(runs)


def _begins(run: RunFolder) -> str:
    submitted = slurm.read_submitted(run.path)
    how = f"is job {submitted.job} of Slurm" if submitted else "starts"
    url = url_of(run.path.parent)
    return f"run {run.name} {how} in {run.path}" + (f", sent to {url}" if url else "")


def _follow(found: Sequence[Spec], logs: Path, base: Path, as_json: bool) -> int:
    """Run one after the other; the first that does not end well says the exit code."""
    if all(one.engine.kind == SLURM for one in found):
        return _follow_jobs(launch_in_turn(found, logs, base), as_json)
    codes = []
    for spec in found:
        run = prepare(spec, logs, base)
        runner = start_runner(run)
        narrate(_begins(run))
        codes.append(follow_to_end(RunView(run), runner, as_json))
        if codes[-1] == CANCELLED:
            break
    return next((code for code in codes if code), 0)


def _follow_jobs(runs: Sequence[RunFolder], as_json: bool) -> int:
    """Follow runs that are in the queue of Slurm, one after the other; Ctrl-C cancels them all."""
    codes = []
    for run in runs:
        narrate(_begins(run))
    for at, run in enumerate(runs):
        codes.append(follow_to_end(RunView(run), None, as_json, is_ours=True))
        if codes[-1] == CANCELLED and not run.is_submitted:
            for later in runs[at + 1 :]:
                cancel(later, patience_s=0)
            break
    return next((code for code in codes if code), 0)


def _wanted(given: Namespace) -> Sequence[Spec]:
    """The specs that are asked for: of a file or of each of several, and of a sweep over them."""
    found = [read_spec(name, given.set) for name in _files(given.batch)]
    if given.slurm is not None:
        job = Engine(SLURM, str(slurm_options(given.slurm)))
        found = [replace(one, engine=job) for one in found]
    if not given.sweep:
        return found
    return [one for spec in found for one in sweep_of(spec, given.sweep)]


def _files(name: str) -> list[str]:
    """The files that a pattern such as `sweep/*.toml` means; raises `SpecError` where none."""
    if name == "-" or not glob.has_magic(name) or Path(name).expanduser().exists():
        return [name]
    found = sorted(glob.glob(str(Path(name).expanduser())))  # noqa: PTH207  # of any folder
    if not found:
        raise SpecError("no spec file matches", where=name, hint="check the pattern")
    return found


def read_spec(name: str, sets: list[str]) -> Spec:
    """The spec in a file, or on standard input where `name` is `-`."""
    if name != "-":
        return specs.load(Path(name).expanduser(), sets)
    return specs.read(sys.stdin.buffer, "standard input", sets)


def _script(spec: Spec, logs: Path) -> str:
    """The script that would be submitted, for a folder that is not there."""
    name = f"{spec.name}-TIME"
    return slurm.script(name, logs / name, *job_of(spec))


def dry_run(plans: Sequence[Plan], logs: Path, as_json: bool) -> int:
    """Print the plans with their cost; of a sweep also the sum."""
    if as_json:
        records = list(map(_record, plans))
        output.write_json(records[0] if len(records) == 1 else records)
        return 0
    for plan in plans:
        if len(plans) > 1:
            output.write_text(f"{plan.spec.name}")
        output.write_text("\n".join(map(clean, cost_lines(plan))))
        if plan.spec.engine.kind == SLURM:
            output.write_text(f"\n{_script(plan.spec, logs)}")
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

    is_here = not all(slurm.is_for_slurm(run.path) for run in runs)
    if is_here and (danger := warning()):
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
    submitted = slurm.read_submitted(run.path)
    where = f" as job {submitted.job} of Slurm" if runner is None and submitted else ""
    narrate(f"run {run.name} {'retries its failed cells' if retries else 'resumes'}{where}")
    if detach:
        return leave([run])
    return follow_to_end(view, runner, as_json, is_ours=True)


def follow_to_end(
    view: RunView, runner: subprocess.Popen[bytes] | None, as_json: bool, *, is_ours: bool = False
) -> int:
    """Follow a run, then print its curves and its results; Ctrl-C cancels one that `is_ours`."""
    from tui.console.watch import Watch

    with followed(view.run.path.parent, narrate):
        code = Watch(view, runner, as_json=as_json, is_ours=is_ours).follow()
    if runner is not None and (left := unsent(view.run.path)):
        narrate(f"warning: {left}")
    if not as_json and view.state.n_done:
        from tui.console.reports.closing_report import report

        report(view)
    return code


def narrate(line: str) -> None:
    """Print a line to standard error: standard output is for data."""
    print(clean(line), file=sys.stderr, flush=True)
