"""How far an intervention is: what its process told, a JSON object a line, and what that means.

Each line has its `time`. `{"started": true}` begins an attempt; `{"done": n, "of": n, "units":
"prompts"}` says how far it is, `{"told": line}` what a reader of its rows should know; it ends with
`{"finished": true}`, `{"cancelled": true}` or `{"error": line, "exit_code": n}`, or was killed.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from probing.interventions.folder import InterventionFolder
from probing.logs.folders.plain_files import open_to_write, opened
from probing.logs.folders.run_folder import RunFolder

Told = dict[str, Any]
ENDS = ("finished", "cancelled", "error")


@dataclass(frozen=True)
class Progress:
    """The state of an intervention, in the words of runs, and the units that are done."""

    status: str
    n_done: int = 0
    n_units: int = 0
    units: str = ""
    started: float = 0.0  # of the first attempt
    elapsed_s: float = 0.0  # of all attempts together
    exit_code: int | None = None
    error: str = ""


def tell(folder: InterventionFolder, record: Mapping[str, Any]) -> None:
    """Add a line to what is told of an intervention; what the disk does not take is not told."""
    line = json.dumps({"time": round(time.time(), 3), **record}).encode() + b"\n"
    with suppress(OSError), os.fdopen(open_to_write(folder.progress, os.O_APPEND), "ab") as file:
        file.write(line)


def told_from(folder: InterventionFolder, place: int = 0) -> Iterator[tuple[Told, int]]:
    """The whole lines behind a place of the file, each with the place behind it."""
    try:
        file = opened(folder.progress)
    except OSError:
        return
    with file:
        file.seek(place)
        for line in file:
            if not line.endswith(b"\n"):
                return  # not written to its end yet
            place += len(line)
            try:
                record = json.loads(line)
            except ValueError:
                continue
            if isinstance(record, dict):
                yield record, place


def end_of(folder: InterventionFolder) -> int:
    """The place behind all that is told so far."""
    try:
        return folder.progress.stat().st_size
    except OSError:
        return 0


def progress_of(folder: InterventionFolder) -> Progress:
    """How far an intervention is."""
    told = [record for record, _ in told_from(folder)]
    starts = [at for at, one in enumerate(told) if "started" in one]
    last = told[starts[-1] :] if starts else []
    counted = next((one for one in reversed(told) if "of" in one), {})
    end = last[-1] if last and any(key in last[-1] for key in ENDS) else {}
    is_alive = RunFolder(folder.path).is_alive()
    return Progress(
        _status(folder, last, end, is_alive),
        int(counted.get("done", 0)),
        int(counted.get("of", 0)),
        str(counted.get("units", "")),
        _time(told[starts[0]]) if starts else 0.0,
        _elapsed(told, starts, is_alive),
        _code(folder, end),
        str(end.get("error", "")),
    )


def _status(
    folder: InterventionFolder, last: list[Told], end: Mapping[str, Any], is_alive: bool
) -> str:
    if is_alive:
        return "running" if any("of" in one for one in last) else "starting"
    if folder.rows.exists():
        return "done"
    if "error" in end:
        return "failed"
    return "cancelled" if "cancelled" in end else "killed"


def _code(folder: InterventionFolder, end: Mapping[str, Any]) -> int | None:
    if folder.rows.exists():
        return 0
    return int(end["exit_code"]) if "error" in end else None


def _elapsed(told: list[Told], starts: list[int], is_alive: bool) -> float:
    """Seconds between the first and the last line of each attempt; of a live one until now."""
    total = 0.0
    for at, start in enumerate(starts):
        is_last = at + 1 == len(starts)
        end = told[(len(told) if is_last else starts[at + 1]) - 1]
        until = time.time() if is_last and is_alive else _time(end)
        total += max(until - _time(told[start]), 0.0)
    return total


def _time(record: Mapping[str, Any]) -> float:
    value = record.get("time")
    return float(value) if isinstance(value, int | float) else 0.0
