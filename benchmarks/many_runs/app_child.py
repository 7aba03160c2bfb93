"""Measure the app over thousands of runs, without a terminal; prints what it found as JSON.

The arguments of its process are LOGS BASE STARTED SECONDS: `STARTED` is when the process was
started, `SECONDS` how long it watches a run that logs a hundred events a second.
"""

from __future__ import annotations

import asyncio
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from textual import events

from benchmarks.runs.child import MIB
from tui.app import ProbeApp
from tui.config.kept import keep, kept_path
from tui.results.screen import ResultsPane

SIZE = (120, 40)
TYPED = "lda layer>3 gpt"
PATIENCE_S = 120.0
BEAT_S = 0.005
_UNIT = 1 if sys.platform == "darwin" else 1024


async def measured(logs: Path, base: Path, started: float, seconds: float) -> dict[str, object]:
    """Seconds until all runs are in Results, of each key, of the longest stalls; memory."""
    keep(kept_path(logs), {"place": "results", "places": {}})  # where its user left
    app = ProbeApp(logs, base, is_alone=True)
    found: dict[str, object] = {}
    async with app.run_test(size=SIZE):
        pane = app.query_one(ResultsPane)
        await until(lambda: len(pane.table.rows) > 0)
        found["rows_s"], found["rows_cpu_s"] = time.time() - started, time.process_time()
        await until(lambda: pane.is_complete)
        await drawn(app)
        found["first_s"], found["first_cpu_s"] = time.time() - started, time.process_time()
        found["n_rows"] = pane._shown.n_cells if pane._shown else 0
        await asyncio.sleep(2.0)
        await press(app, "slash")
        await asyncio.sleep(1.0)
        keys = [await keyed(app, pane, key) for key in (*TYPED, *["backspace"] * 8)]
        found["keys_s"] = [one for one in keys if one is not None]
        await press(app, "escape")
        await until(lambda: pane.is_complete)
        found["stalls_s"] = await streamed(logs, seconds)
    found["mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _UNIT / MIB
    return found


async def press(app: ProbeApp, key: str) -> None:
    """Press a key, as a terminal would."""
    names = {" ": "space", ">": "greater_than_sign", "=": "equals_sign"}
    character = key if len(key) == 1 else None
    app.post_message(events.Key(names.get(key, key), character))
    await asyncio.sleep(0)


async def keyed(app: ProbeApp, pane: ResultsPane, key: str) -> float | None:
    """Seconds from a key in the filter until its rows stand; None where it asks for no others."""
    before, began = pane.wish, time.perf_counter()
    await press(app, key)
    await until(lambda: pane.wish != before or time.perf_counter() - began > 1.0, 0.0005)
    if pane.wish == before:
        return None
    await until(lambda: pane._fulfilled == pane.wish and pane._latest.is_over, 0.0005)
    await drawn(app)
    return time.perf_counter() - began


async def drawn(app: ProbeApp) -> None:
    """Wait until what changed is on the screen."""
    done = asyncio.Event()
    app.screen.call_after_refresh(done.set)
    await done.wait()


async def streamed(logs: Path, seconds: float) -> list[float]:
    """How late a timer came, while a run logs a hundred events a second: the longest first."""
    command = [sys.executable, "-m", "benchmarks.many_runs.streaming", str(logs), str(seconds)]
    process = subprocess.Popen(command)
    late, end = list[float](), time.monotonic() + seconds
    while time.monotonic() < end:
        began = time.perf_counter()
        await asyncio.sleep(BEAT_S)
        late.append(time.perf_counter() - began - BEAT_S)
    process.wait()
    return sorted(late, reverse=True)[:20]


async def until(holds: Callable[[], object], pause: float = 0.005) -> None:
    """Wait until something holds."""
    end = time.monotonic() + PATIENCE_S
    while not holds():
        if time.monotonic() > end:
            raise RuntimeError("the app did not come to show it")
        await asyncio.sleep(pause)


def main() -> None:
    """Measure as the arguments say."""
    logs, base, started, seconds = sys.argv[1:]
    work = measured(Path(logs), Path(base), float(started), float(seconds))
    print(json.dumps(asyncio.run(work)))
