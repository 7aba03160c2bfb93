"""`python -m benchmarks [SUBJECT …]`: measure, and print Markdown tables."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

from benchmarks.command_line import asked
from benchmarks.progress import Progress, expected
from benchmarks.sizes import Sizes
from benchmarks.table import Row, table, write_json

if TYPE_CHECKING:
    from benchmarks.machine import Rates


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what is asked for; the tables go to stdout, progress to stderr."""
    options, subjects, sizes = asked(arguments)
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as the runner does
    if "coverage" in options.subjects:
        from benchmarks.coverage.report import report

        report(options.experiments, options.only)
        return 0

    if "many_runs" in options.subjects:
        from benchmarks.many_runs.report import report as report_on_runs

        report_on_runs(options.runs, options.logs)
        return 0

    if "scale" in options.subjects:
        from benchmarks.scale.report import report as report_on_workers

        report_on_workers(options.texts, options.workers, options.repeats or 1, options.more_texts)
        return 0

    from benchmarks import machine

    device = _device(options.device)
    rates = machine.measured_rates(device, sizes.product)
    about = machine.about(device) | {"rates": str(rates), "arguments": " ".join(sys.argv[1:])}
    print(_listed(about), "\n", flush=True)
    only_after = options.pass_s is not None
    progress = Progress(expected(sizes, subjects, llama_8b=options.llama_8b, only_after=only_after))
    rows: list[Row] = []
    for subject in subjects:
        measured = _measured(subject, sizes, device, rates, options)
        gc.freeze()  # each round looks for garbage, and need not among what imports made
        for own in measured:
            if not rows or own[0].subject != rows[-1].subject:
                print(f"## {own[0].subject}\n")
            print(table(own, binding=sizes.is_full), flush=True)
            rows += own
            progress.table_done()
            if options.json:
                write_json(options.json, about, rows)
    return 0


def _listed(about: dict[str, Any]) -> str:
    """What the machine is, a line each."""
    lines = []
    for name, value in about.items():
        if isinstance(value, dict):
            value = ", ".join(f"{key} {each}" for key, each in value.items())
        if isinstance(value, list):
            value = "; ".join(value)
        lines.append(f"- {name}: {value}")
    return "\n".join(lines)


def _device(name: str) -> str:
    import torch

    if name != "auto":
        return name
    return "cuda" if torch.cuda.is_available() else "cpu"


def _measured(
    subject: str, sizes: Sizes, device: str, rates: Rates, options: argparse.Namespace
) -> Iterable[list[Row]]:
    """The tables of one subject; each is imported when it is asked for."""
    if subject == "fits":
        from benchmarks.fits.subject import fit_rows

        return fit_rows(sizes, device, rates)
    if subject == "pass":
        return _pass_rows(sizes, device, rates, options)
    if subject == "memory":
        from benchmarks.passes.memory import memory_rows

        return memory_rows(sizes, device)
    if subject == "apply":
        from benchmarks.passes.applying import apply_rows
        from benchmarks.passes.typed_text import typed_rows

        return chain(apply_rows(sizes, device), typed_rows(sizes))
    if subject == "audit":
        from benchmarks.audits.subject import audit_rows

        return audit_rows(sizes)
    if subject == "runs":
        from benchmarks.runs.subject import run_rows

        return run_rows(sizes)
    from benchmarks.passes.caching import cache_rows

    return cache_rows(sizes, device)


def _pass_rows(
    sizes: Sizes, device: str, rates: Rates, options: argparse.Namespace
) -> Iterator[list[Row]]:
    from benchmarks.fits.after_pass import after_pass_rows
    from benchmarks.passes.subject import ONE, pass_rows

    if options.pass_s is not None:
        yield after_pass_rows(sizes, [options.pass_s], "measured before", device, rates)
        return
    rows: list[Row] = []
    for rows in pass_rows(sizes, device, options.dtype, llama_8b=options.llama_8b):
        yield rows
    if options.llama_8b:
        one = next(row for row in rows if row.who == ONE)
        yield after_pass_rows(sizes, one.samples, f"{ONE}; {one.work}", device, rates)


if __name__ == "__main__":
    sys.exit(main())
