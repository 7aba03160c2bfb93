"""`python -m benchmarks [fits] [pass] [memory] [cache]`: measure, and print a Markdown table."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.sizes import FULL, QUICK, TINY, Sizes
from benchmarks.table import Row, tables, write_json

if TYPE_CHECKING:
    from benchmarks.machine import Rates

SUBJECTS = ("fits", "pass", "memory", "cache")


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    made.add_argument("subjects", nargs="*", metavar="|".join(SUBJECTS), help="default: all")
    made.add_argument("--quick", action="store_true", help="small shapes: three to four minutes")
    made.add_argument("--tiny", action="store_true", help=argparse.SUPPRESS)
    made.add_argument("--json", type=Path, metavar="FILE", help="write every sample there too")
    made.add_argument("--device", default="auto", help="auto (a GPU if there is one), cpu, cuda")
    made.add_argument("--dtype", default="auto", help="of the pass; auto is float32")
    made.add_argument("--llama-8b", action="store_true", help="the pass of an 8B Llama shape too")
    made.add_argument("--repeats", type=int, help="goes of each contender")
    made.add_argument(
        "--limit", type=float, metavar="SECONDS", help="when a slow one is broken off"
    )
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what is asked for; the table goes to stdout, progress to stderr."""
    options = parser().parse_args(arguments)
    unknown = set(options.subjects) - set(SUBJECTS)
    if unknown:
        parser().error(f"unknown subject {unknown.pop()!r}: choose from {', '.join(SUBJECTS)}")
    subjects = options.subjects or SUBJECTS
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as the runner does

    from benchmarks import machine  # torch: about 2 s, not for --help

    sizes, device = _sizes(options), _device(options.device)
    rates = machine.measured_rates(device, sizes.product)
    about = machine.about(device) | {"rates": str(rates), "arguments": " ".join(sys.argv[1:])}
    print("\n".join(f"- {name.replace('_', ' ')}: {value}" for name, value in about.items()), "\n")
    rows: list[Row] = []
    for subject in SUBJECTS:
        if subject in subjects:
            began = time.perf_counter()
            print(f"{subject} ...", file=sys.stderr, flush=True)
            for table in tables(_kept(rows, _measured(subject, sizes, device, rates, options))):
                print(table, flush=True)
            print(f"{subject}: {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
            if options.json:
                write_json(options.json, about, rows)
    return 0


def _kept(rows: list[Row], found: Iterable[Row]) -> Iterator[Row]:
    for row in found:
        rows.append(row)
        yield row


def _sizes(options: argparse.Namespace) -> Sizes:
    sizes = TINY if options.tiny else QUICK if options.quick else FULL
    if options.repeats:
        sizes = replace(sizes, repeats=options.repeats)
    return replace(sizes, limit_s=options.limit) if options.limit else sizes


def _device(name: str) -> str:
    import torch

    if name != "auto":
        return name
    return "cuda" if torch.cuda.is_available() else "cpu"


def _measured(
    subject: str, sizes: Sizes, device: str, rates: Rates, options: argparse.Namespace
) -> Iterable[Row]:
    """The rows of one subject; each is imported when it is asked for."""
    if subject == "fits":
        from benchmarks.fits import fit_rows

        return fit_rows(sizes, device, rates)
    if subject == "pass":
        from benchmarks.passes import pass_rows

        return pass_rows(sizes, device, options.dtype, llama_8b=options.llama_8b)
    if subject == "memory":
        from benchmarks.memory import memory_rows

        return memory_rows(sizes, device)
    from benchmarks.caching import cache_rows

    return cache_rows(sizes, device)


if __name__ == "__main__":
    sys.exit(main())
