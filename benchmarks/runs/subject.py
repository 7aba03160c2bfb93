"""Subject `runs`: what finished runs cost to list, to read and to keep on a screen."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.runs.child import MIB, Spent, measured
from benchmarks.runs.synthetic import RunShape, copy_run, write_run
from benchmarks.sizes import Sizes
from benchmarks.table import Row, against
from benchmarks.targets import Goal
from probing.logs import RunFolder, RunView
from probing.logs.results.tables import results

EVERY = "every event read and summarised, in this process"
OLD = "`runs`, logs of earlier versions"
COMMANDS = {
    "`runs`": ["runs"],
    "`results`, a table": ["results"],
    "`results`, CSV": ["results", "--format", "csv"],
    "`results`, ten rows of a filter": ["results", "--where", "lda control=", "--limit", "10"],
}
ABOVE = ", above start-up"
START = ", no runs"
CPU_GOALS = (
    Goal(f"`runs`{ABOVE}", "", 1, is_least=False),
    Goal(f"`results`, a table{ABOVE}", "", 5, is_least=False),
)
IDLE_RUNS, IDLE_RESULTS = "idle in Runs, the run highlighted", "idle in Results"
IDLE_GOALS = tuple(Goal(who, "", 1, is_least=False) for who in (IDLE_RUNS, IDLE_RESULTS))
_FEW = 3  # runs whose every event is read, or that are of an earlier version


def run_rows(sizes: Sizes) -> Iterator[list[Row]]:
    """CPU seconds and memory of the commands for each number of runs; then the app."""
    with tempfile.TemporaryDirectory() as name:
        desk = Path(name)
        for at, (n_runs, shape) in enumerate(sizes.runs):
            yield from _commands(desk / f"{at}", n_runs, shape, sizes.repeats)
        yield from _app(desk / "app", sizes.large_run, sizes.idle_s)


def _commands(desk: Path, n_runs: int, shape: RunShape, repeats: int) -> Iterator[list[Row]]:
    first = _logs(desk / "logs", n_runs, shape)
    (desk / "none").mkdir()
    title = f"{n_runs:,} runs of {shape.n_cells:,} cells"
    spent: dict[str, list[Spent]] = {}
    for _ in range(repeats):
        for who, command in COMMANDS.items():
            for told, logs in ((START, "none"), ("", "logs")):
                one = measured(command, desk / logs, desk / "printed")
                spent.setdefault(f"{who}{told}", []).append(one)
    rows = [
        Row("runs", title, who, tuple(one.cpu_s for one in goes), note=_printed(goes))
        for who, goes in spent.items()
    ]
    rows += [_above(title, who, spent) for who in COMMANDS]
    rows += [_every_event(title, first, n_runs), _old(title, desk, n_runs, shape)]
    yield against(rows, "", CPU_GOALS)
    peaks = [
        Row("runs", f"{title}, peak memory", who, tuple(one.mib for one in goes), "MiB")
        for who, goes in spent.items()
    ]
    yield against([*peaks, *_files(f"{title}, peak memory", first)], "")


def _logs(folder: Path, n_runs: int, shape: RunShape) -> RunFolder:
    """So many runs, each with files that are those of the first."""
    folder.mkdir(parents=True)
    first = write_run(folder / "run-00000", shape)
    for at in range(1, n_runs):
        copy_run(first, folder / f"run-{at:05}")
    return first


def _printed(goes: Sequence[Spent]) -> str:
    return f"{goes[0].n_bytes / MIB:,.3g} MiB printed"


def _above(title: str, who: str, spent: dict[str, list[Spent]]) -> Row:
    pairs = zip(spent[who], spent[f"{who}{START}"], strict=True)
    return Row("runs", title, f"{who}{ABOVE}", tuple(one.cpu_s - none.cpu_s for one, none in pairs))


def _every_event(title: str, run: RunFolder, n_runs: int) -> Row:
    """What a reader of the events takes, and whether it finds the same results."""
    view, brief = RunView(run), RunView(run)
    began = time.process_time()
    view.update()
    whole = results([view])
    seconds = (time.process_time() - began) * n_runs
    brief.skim()
    is_same = not brief.has_folds and results([brief]).equals(whole)
    agreement = f"results {'equal' if is_same else 'differ from'} those of the closing table"
    return Row("runs", title, EVERY, (seconds,), agreement=agreement, note=_extrapolated(1, n_runs))


def _old(title: str, desk: Path, n_runs: int, shape: RunShape) -> Row:
    """Runs without a summary, less what starting takes."""
    few = min(_FEW, n_runs)
    first = write_run(desk / "old" / "run-0", shape, closed=False)
    for at in range(1, few):
        copy_run(first, desk / "old" / f"run-{at}")
    seconds = [measured(["runs"], desk / name, desk / "printed").cpu_s for name in ("old", "none")]
    per_run = max(seconds[0] - seconds[1], 0.0) / few
    return Row("runs", title, OLD, (per_run * n_runs,), note=_extrapolated(few, n_runs))


def _extrapolated(n_read: int, n_runs: int) -> str:
    return "" if n_read == n_runs else f"extrapolated from {n_read:,} of {n_runs:,} runs"


def _files(title: str, run: RunFolder) -> Iterator[Row]:
    """The size of what one run leaves."""
    for path in (run.events, run.scores, run.results):
        who = f"{path.name} of one run, on disk"
        yield Row("runs", title, who, (path.stat().st_size / MIB,), "MiB")


def _app(desk: Path, shape: RunShape, seconds: float) -> Iterator[list[Row]]:
    """The app over one large run with failures."""
    write_run(desk / "logs" / "large", replace(shape, n_failed=shape.n_probes // 4))
    (desk / "base").mkdir()
    command = [sys.executable, "-m", "benchmarks.runs.app_child"]
    command += [str(desk / "logs"), str(desk / "base"), str(seconds)]
    print(f"  the app: {shape.n_cells:,} cells", file=sys.stderr, flush=True)
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found = json.loads(done.stdout.splitlines()[-1])
    title = f"the app, one run of {shape.n_cells:,} cells, a quarter of them failed"
    shown = [
        Row("runs", title, "Runs, until its curve stands", (found["runs_s"],)),
        Row("runs", title, "Results, until its rows stand", (found["results_s"],)),
    ]
    yield against(shown, "")
    shares = {IDLE_RUNS: found["idle_runs"], IDLE_RESULTS: found["idle_results"]}
    idle = [
        Row("runs", f"{title}, over {seconds:g} s", who, (100 * share,), "% of a core")
        for who, share in shares.items()
    ]
    yield against(idle, "", IDLE_GOALS)
