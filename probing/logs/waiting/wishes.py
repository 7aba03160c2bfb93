"""What a user wants of a run that is live or waits: `queue.json` in its folder.

`paused` holds it at its next event, or keeps it from taking a device; `place` moves it among the
runs that wait; `after` names a run of the same logs folder that goes first on a CPU, as those of
a sweep do one after the other. The runner only reads it.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from probing.errors import RunError
from probing.logs.folders.plain_files import read_bytes
from probing.logs.folders.run_folder import RunFolder
from probing.logs.mirrors.places import url_of

WISH = "queue.json"
_LARGEST = 4096  # bytes


@dataclass(frozen=True)
class Wish:
    """Whether a run is paused, its place among those that wait (the lowest is first), and which
    run goes before it on a CPU."""

    is_paused: bool = False
    place: float | None = None
    after: str = ""


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
    after = told.get("after")
    return Wish(
        told.get("paused") is True,
        float(place) if is_place else None,
        after if isinstance(after, str) and Path(after).name == after else "",
    )


def write_wish(run: RunFolder, wish: Wish) -> None:
    """Say what is wanted of a run; raises `RunError` where it cannot be written."""
    path = run.path / WISH
    told: dict[str, float | bool | str] = {"paused": True} if wish.is_paused else {}
    told |= {} if wish.place is None else {"place": wish.place}
    told |= {"after": wish.after} if wish.after else {}
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
    if run.is_alive_elsewhere() and url_of(run.path.parent) is not None:
        raise RunError(f"runs on {run.read_owner()['host']}", where=run.name, hint="pause it there")
    write_wish(run, replace(read_wish(run.path), is_paused=is_paused))


def wait_for(run: RunFolder, before: RunFolder) -> None:
    """Have a run wait on a CPU until another of its logs folder is over."""
    write_wish(run, replace(read_wish(run.path), after=before.name))
