"""`python -m benchmarks scale`: one, two and four workers, and two nodes, beside one process."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.scale.runs import LITTLE_WORK, MODEL, SMALL_MODEL, Ran, run_with, write_inputs

ONE_THREAD = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
WORKERS = (1, 2, 4)


def report(n_texts: int, n_more: int) -> None:
    """Print what runs over `n_texts` take, and over `n_more` with two workers, as two tables."""
    with tempfile.TemporaryDirectory() as name:
        desk = Path(name)
        write_inputs(desk, n_texts)
        cores = len(os.sched_getaffinity(0))
        print(f"{n_texts:,} texts, {MODEL.label}, on {cores} cores; a thread for each worker\n")
        print(_HEAD)
        alone = run_with(desk, "alone", "", environment=ONE_THREAD)
        _row("no workers, one thread", alone, alone, 1)
        for n_workers in WORKERS:
            extra = f'engine = "ray"\nworkers = {n_workers}'
            ran = run_with(desk, f"w{n_workers}", extra, environment=ONE_THREAD)
            _row(f"{n_workers} workers", ran, alone, n_workers)
        with _two_nodes() as address:
            extra = f'engine = {{ ray = "{address}" }}\nworkers = 2'
            ran = run_with(desk, "nodes", extra, environment=ONE_THREAD)
            _row("2 workers on two nodes", ran, alone, 2)
            if n_more:
                _grown(desk, extra, n_more)


_HEAD = (
    "| | whole, s | engine, s | pass, s | efficiency | fits, s | efficiency | runner, MiB |\n"
    "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
)


def _row(what: str, ran: Ran, alone: Ran, n_workers: int) -> None:
    """Efficiency: what one process takes, by the workers and what they take."""
    of_pass = alone.pass_s / (n_workers * ran.pass_s)
    of_fits = alone.fits_s / (n_workers * ran.fits_s)
    cells = [
        f"{ran.seconds:.1f}",
        f"{ran.start_s:.1f}",
        f"{ran.pass_s:.1f}",
        f"{of_pass:.2f}",
        f"{ran.fits_s:.1f}",
        f"{of_fits:.2f}",
        f"{ran.driver_mib:.0f}",
    ]
    print(f"| {what} | {' | '.join(cells)} |", flush=True)


def _grown(desk: Path, extra: str, n_more: int) -> None:
    """The memory of the runner over a tenth of so many texts, and over all of them."""
    print(f"\n{SMALL_MODEL.label}, two workers on two nodes\n")
    print("| texts | whole, s | pass, s | fits, s | runner, MiB | MiB for 1,000 texts more |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: |")
    before: Ran | None = None
    for n_texts in (n_more // 10, n_more):
        write_inputs(desk, n_texts, SMALL_MODEL)
        ran = run_with(desk, f"n{n_texts}", extra, environment=ONE_THREAD, work=LITTLE_WORK)
        grown = (ran.driver_mib - before.driver_mib) / (n_more * 0.9e-3) if before else None
        seconds = " | ".join(f"{one:.1f}" for one in (ran.seconds, ran.pass_s, ran.fits_s))
        told = "" if grown is None else f"{grown:.2f}"
        print(f"| {n_texts:,} | {seconds} | {ran.driver_mib:.0f} | {told} |", flush=True)
        before = ran


@contextmanager
def _two_nodes() -> Iterator[str]:
    """Two raylets of a core each on this machine."""
    try:
        from ray.cluster_utils import Cluster
    except ImportError:
        print('Ray is not installed: pip install "probe-tui[cluster]"', file=sys.stderr)
        raise SystemExit(2) from None
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    cluster.add_node(num_cpus=1)
    try:
        yield cluster.address
    finally:
        cluster.shutdown()
