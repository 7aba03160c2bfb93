"""What the runs of a logs folder show in a list, kept in one file beside them.

Each entry is valid while the log of its run has the size and the time that it had. The file is
replaced as a whole, so that of several writers the last one counts; what is missing is read anew.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from probing.logs.folders.plain_files import read_bytes
from probing.logs.index.whole_files import replace_file
from probing.logs.states.briefs import Brief
from probing.logs.states.endings import Stamp
from probing.logs.states.run_view import Kept, RunView

NAME = "runs.json"
_FORMAT = 1


def read_run_list(folder: Path) -> dict[str, Kept]:
    """What is kept of each run, by its name; nothing where the file is not as it was written."""
    try:
        told, _, checksum = read_bytes(folder / NAME).rstrip(b"\n").rpartition(b"\n")
        if checksum != _checksum(told):
            return {}
        listed = json.loads(told)
        if listed["format"] != _FORMAT:
            return {}
        return {name: _kept(one) for name, one in listed["runs"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def write_run_list(
    folder: Path, views: Iterable[RunView], known: Mapping[str, Kept]
) -> dict[str, Kept]:
    """Keep these runs as far as they are over, where that differs from what is `known`."""
    kept = {view.run.name: one for view in views if (one := view.kept()) is not None}
    if kept != known:
        runs = {name: _record(one) for name, one in kept.items() if _has_bytes(name)}
        told = json.dumps({"format": _FORMAT, "runs": runs}, separators=(",", ":")).encode()
        replace_file(folder / NAME, [told, b"\n", _checksum(told), b"\n"])
    return kept


def _has_bytes(name: str) -> bool:
    """Whether a name is UTF-8; the few runs whose name is not are read each time."""
    return not any("\ud800" <= one <= "\udfff" for one in name)


def _record(kept: Kept) -> list[Any]:
    return [*kept.stamp, kept.n_events, kept.damage, kept.brief.record(), kept.record]


def _kept(record: list[Any]) -> Kept:
    n_bytes, mtime_ns, n_events, damage, brief, state = record
    return Kept(Stamp(n_bytes, mtime_ns), n_events, damage, Brief.from_record(brief), state)


def _checksum(data: bytes) -> bytes:
    return f"{zlib.crc32(data):08x}".encode()
