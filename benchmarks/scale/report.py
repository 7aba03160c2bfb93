"""`python -m benchmarks scale`: some workers, and two nodes, beside one process."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from benchmarks.scale.runs import LITTLE_WORK, MODEL, SMALL_MODEL, Ran, run_with, write_inputs

ONE_THREAD = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
ALONE, ON_NODES = "no workers, one thread", "2 workers on two nodes"


def report(n_texts: int, workers: Sequence[int], repeats: int, n_more: int) -> None:
    """Print what runs over `n_texts` take with so many `workers`, and over `n_more` with two.

    They take turns; the tables have the medians of `repeats` goes.
    """
    with tempfile.TemporaryDirectory() as name:
        desk = Path(name)
        write_inputs(desk, n_texts)
        cores = len(os.sched_getaffinity(0))
        print(f"{n_texts:,} texts, {MODEL.label}, on {cores} cores; a thread for each worker\n")
        contenders = {
            ALONE: 1,
            **{f"{n} worker{'s' if n > 1 else ''}": n for n in workers},
            ON_NODES: 2,
        }
        _print_table(contenders, _in_turn(desk, contenders, repeats))
        if n_more:
            _grown(desk, n_more)


def _in_turn(desk: Path, contenders: Mapping[str, int], repeats: int) -> dict[str, list[Ran]]:
    goes: dict[str, list[Ran]] = {who: [] for who in contenders}
    for go in range(repeats):
        for who, n_workers in contenders.items():
            with _engine(who, n_workers) as extra:
                ran = run_with(desk, f"run-{go}", extra, environment=ONE_THREAD)
            goes[who].append(ran)
            told = f"pass {ran.pass_s:.1f} s, fits {ran.fits_s:.1f} s"
            print(f"  {who}: {ran.seconds:.1f} s, {told}", file=sys.stderr, flush=True)
    return goes


@contextmanager
def _engine(who: str, n_workers: int) -> Iterator[str]:
    """The lines of a spec for a contender."""
    if who == ON_NODES:
        with _two_nodes() as address:
            yield f'engine = {{ ray = "{address}" }}\nworkers = {n_workers}'
    else:
        yield "" if who == ALONE else f'engine = "ray"\nworkers = {n_workers}'


_HEAD = (
    "| | whole, s | engine, s | pass, s | efficiency | fits, s | efficiency | runner, MiB |\n"
    "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
)


def _print_table(contenders: Mapping[str, int], goes: Mapping[str, Sequence[Ran]]) -> None:
    """Efficiency: what one worker takes, where there is one, by the workers and what they take."""
    base = goes.get("1 worker", goes[ALONE])
    print(_HEAD)
    for who, n_workers in contenders.items():
        rans = goes[who]
        of_pass = _median(base, "pass_s") / (n_workers * _median(rans, "pass_s"))
        of_fits = _median(base, "fits_s") / (n_workers * _median(rans, "fits_s"))
        cells = [
            f"{_median(rans, 'seconds'):.1f}",
            f"{_median(rans, 'start_s'):.1f}",
            f"{_median(rans, 'pass_s'):.1f}",
            f"{of_pass:.2f}",
            f"{_median(rans, 'fits_s'):.1f}",
            f"{of_fits:.2f}",
            f"{_median(rans, 'driver_mib'):.0f}",
        ]
        print(f"| {who} | {' | '.join(cells)} |", flush=True)


def _median(goes: Sequence[Ran], name: str) -> float:
    return median(getattr(one, name) for one in goes)


def _grown(desk: Path, n_more: int) -> None:
    """The memory of the runner over a tenth of so many texts, and over all of them."""
    print(f"\n{SMALL_MODEL.label}, two workers on two nodes\n")
    print("| texts | whole, s | pass, s | fits, s | runner, MiB | MiB for 1,000 texts more |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: |")
    before: Ran | None = None
    for n_texts in (n_more // 10, n_more):
        write_inputs(desk, n_texts, SMALL_MODEL)
        with _engine(ON_NODES, 2) as extra:
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
