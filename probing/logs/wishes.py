"""What a user wants of a run that is live or waits: `queue.json` in its folder.

`paused` holds it at its next event, or keeps it from taking a device; `place` moves it among the
runs that wait. The runner only reads it.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from probing.errors import RunError
from probing.logs.plain_files import read_bytes
from probing.logs.run_folder import RunFolder

WISH = "queue.json"
_LARGEST = 4096  # bytes


@dataclass(frozen=True)
class Wish:
    """Whether a run is paused, and its place among those that wait: the lowest is first."""

    is_paused: bool = False
    place: float | None = None


NO_WISH = Wish()


def read_wish(folder: Path) -> Wish:
    """What is wanted of the run in `folder`; what cannot be read is nothing."""
    try:
        told: Any = json.loads(read_bytes(folder / WISH, _LARGEST))
    except (OSError, ValueError, RecursionError):
        return NO_WISH
    if not isinstance(told, dict):
        return NO_WISH
    place: Any = told.get("place")
    is_place = type(place) in (int, float) and math.isfinite(place)
    return Wish(told.get("paused") is True, float(place) if is_place else None)


def write_wish(run: RunFolder, wish: Wish) -> None:
    """Say what is wanted of a run; raises `RunError` where it cannot be written."""
    path = run.path / WISH
    told: dict[str, float | bool] = {"paused": True} if wish.is_paused else {}
    told |= {} if wish.place is None else {"place": wish.place}
    try:
        if told:
            run.write(path, json.dumps(told) + "\n")
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise RunError(f"cannot be written ({error.strerror})", where=str(path)) from None


def pause(run: RunFolder, is_paused: bool = True) -> None:
    """Pause a run, or let it go on; raises `RunError` for one that is over."""
    if is_paused and not run.is_alive():
        hint = f"resume goes on with it: probe-tui resume {run.name}"
        raise RunError("is not live, so it cannot be paused", where=run.name, hint=hint)
    before = read_wish(run.path)
    write_wish(run, Wish(is_paused, before.place))
