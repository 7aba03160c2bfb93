"""`python -m benchmarks scale`: one, two and four workers, and two nodes, beside one process."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.scale.runs import MODEL, Ran, run_with, write_inputs

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
                _grown(desk, extra, ran, n_texts, n_more)


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


def _grown(desk: Path, extra: str, before: Ran, n_texts: int, n_more: int) -> None:
    """The memory of the runner over more texts."""
    write_inputs(desk, n_more)
    ran = run_with(desk, "more", extra, environment=ONE_THREAD)
    growth = 1000 * (ran.driver_mib - before.driver_mib) / (n_more - n_texts)
    print(f"\n{n_more:,} texts on two nodes: runner {ran.driver_mib:.0f} MiB, ", end="")
    print(f"{growth:.2f} MiB for 1,000 texts more; {ran.seconds:.0f} s")


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
