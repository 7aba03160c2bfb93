"""Measure the app on a logs folder, without a terminal; prints what it found as JSON.

`python -m benchmarks.runs.app_child LOGS BASE SECONDS`
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from tui.app import ProbeApp
from tui.results.screen import ResultsPane
from tui.runs.screen import RunsPane

PATIENCE_S = 120.0
QUIET = 0.05  # of a core


async def measured(logs: Path, base: Path, seconds: float) -> dict[str, float]:
    """CPU seconds until Runs and Results show the newest run, and the share of a core after."""
    app = ProbeApp(logs, base)
    found: dict[str, float] = {}
    async with app.run_test(size=(120, 40)) as pilot:
        await quiet(pilot)
        began = time.process_time()
        await pilot.press("2")
        await until(pilot, lambda: app.query_one(RunsPane).detail.plot.series)
        found["runs_s"] = time.process_time() - began
        found["idle_runs"] = await idle_share(pilot, seconds)
        began = time.process_time()
        await pilot.press("3")
        await until(pilot, lambda: app.query_one(ResultsPane).table.rows)
        found["results_s"] = time.process_time() - began
        await until(pilot, lambda: app.query_one(ResultsPane).is_complete)
        found["idle_results"] = await idle_share(pilot, seconds)
    found["peak"] = float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    return found


async def until(pilot: Pilot[Any], holds: Callable[[], object]) -> None:
    """Wait until something holds."""
    end = time.monotonic() + PATIENCE_S
    while not holds():
        if time.monotonic() > end:
            raise RuntimeError("the app did not come to show it")
        await pilot.pause(0.02)


async def quiet(pilot: Pilot[Any]) -> None:
    """Wait until what Compose computes at the start is done."""
    end = time.monotonic() + PATIENCE_S
    while await share(1.0) > QUIET and time.monotonic() < end:
        await pilot.pause()


async def idle_share(pilot: Pilot[Any], seconds: float) -> float:
    """The share of a core that the app takes while nothing happens."""
    await pilot.pause(2.0)
    return await share(seconds)


async def share(seconds: float) -> float:
    """The share of a core over so many seconds."""
    began, cpu = time.monotonic(), time.process_time()
    await asyncio.sleep(seconds)
    return (time.process_time() - cpu) / (time.monotonic() - began)


if __name__ == "__main__":
    logs, base, seconds = sys.argv[1:]
    print(json.dumps(asyncio.run(measured(Path(logs), Path(base), float(seconds)))))
