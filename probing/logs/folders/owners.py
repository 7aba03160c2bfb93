"""Read `owner.json`, the process that executes a run; values of a wrong type are ignored."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from probing.logs.folders.plain_files import read_bytes

_LARGEST = 65536  # bytes
_TEXTS = ("boot_id", "host", "job", "mirror")
_TIMES = ("started", "ended")


def read_owner(path: Path) -> dict[str, Any]:
    """The keys of `owner.json` whose values are of their kind; none where it cannot be read."""
    try:
        told = json.loads(read_bytes(path, _LARGEST))
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(told, dict):
        return {}
    return {key: value for key, value in told.items() if _fits(key, value)}


def _fits(key: str, value: Any) -> bool:
    if key == "pid":
        return type(value) is int and 0 < value < 2**31
    if key in _TIMES:
        return type(value) in (int, float) and abs(value) < 1e18 and math.isfinite(value)
    return key in _TEXTS and isinstance(value, str)
