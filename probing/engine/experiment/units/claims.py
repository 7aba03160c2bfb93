"""Which unit of an order a worker does next, where workers know of each other by files alone."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

MOST_TRIES = 4
STOPPED = "Stopped"  # begins the reason of a try that its job ended, which says nothing of the unit


@dataclass(frozen=True)
class UnitState:
    """What the files of a unit say: whether it is done, since when tries are under way, and how
    many have failed."""

    is_done: bool = False
    under_way: tuple[float, ...] = ()
    n_failed: int = 0

    @property
    def is_over(self) -> bool:
        """Whether nobody should try it again."""
        return self.is_done or self.n_failed >= MOST_TRIES


@dataclass
class _Told:
    is_done: bool = False
    under_way: list[float] = field(default_factory=list)
    n_failed: int = 0


def states_of(folder: Path, late_s: float) -> Mapping[int, UnitState]:
    """The units of an order that some worker has begun, by one listing of its folder.

    A try is not waited for when `late_s` has passed since it began; it has failed where it says
    so, and where its process is seen to be gone.
    """
    found: dict[int, _Told] = {}
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            at, _, rest = entry.name.partition(".")
            if not at.isdigit():
                continue
            told = found.setdefault(int(at), _Told())
            if rest == "json":
                told.is_done = True
            elif rest.endswith(".try"):
                _take(told, Path(entry.path), late_s)
    return {
        at: UnitState(one.is_done, tuple(one.under_way), one.n_failed) for at, one in found.items()
    }


def _take(told: _Told, path: Path, late_s: float) -> None:
    try:
        record, began = json.loads(path.read_text()), path.stat().st_mtime
        reason = str(record["reason"])
    except (OSError, ValueError, KeyError, TypeError):
        return  # it is over meanwhile, or just being written
    if reason:
        told.n_failed += not reason.startswith(STOPPED)
    elif _is_gone(record):
        told.n_failed += 1
    elif time.time() - began < late_s:
        told.under_way.append(began)


def _is_gone(record: Mapping[str, object]) -> bool:
    """Whether a try was of a process of this machine that is no more."""
    pid = record.get("pid")
    if record.get("node") != socket.gethostname() or not isinstance(pid, int):
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def next_unit(
    units: Sequence[str],
    states: Mapping[int, UnitState],
    worker: int,
    n_workers: int,
    node: str = "",
) -> int | None:
    """The unit that a worker does next: of its own first, then of those that nobody has begun.

    `units` are the nodes that those of an order are near to, "" where that says nothing. Unit k is
    of worker k modulo their number, so that they seldom meet; of these those near to its `node`
    come first. None where all that is left is under way.
    """
    free = [at for at in range(len(units)) if _is_free(states.get(at, UnitState()))]
    near = [at for at in free if units[at] == node] if node else []
    own = [at for at in free if at % n_workers == worker]
    if near:
        return next(iter([at for at in own if at in near] or _from(near, worker % len(near))))
    return next(iter([*own, *_from(free, worker * len(free) // n_workers)]), None)


def _from(free: Sequence[int], at: int) -> Sequence[int]:
    """Workers that have done their own look for others at different places."""
    return [*free[at:], *free[:at]]


def _is_free(state: UnitState) -> bool:
    return not state.is_over and not state.under_way
