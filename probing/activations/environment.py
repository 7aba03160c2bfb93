"""The folder and the size limit of the activation cache, from environment variables."""

from __future__ import annotations

import math
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import platformdirs

from probing.activations.cache import ActivationCache
from probing.errors import SpecError

FOLDER = "PROBE_TUI_CACHE"
LIMIT = "PROBE_TUI_CACHE_GIB"
DEFAULT_GIB = 20.0
DISK_SHARE = 0.1


def cache_folder() -> Path:
    """The folder of the activation cache: under `$PROBE_TUI_CACHE`, else the platform's own."""
    root = os.environ.get(FOLDER) or platformdirs.user_cache_dir("probe-tui")
    return Path(root).expanduser().absolute() / "activations"


def open_cache(warn: Callable[[str], None] = lambda message: None) -> ActivationCache:
    """The activation cache of this user.

    `$PROBE_TUI_CACHE_GIB` limits its size; the default is 20 GiB, or a tenth of the free disk if
    that is less; 0 turns it off. Raises `SpecError` for any other value.
    """
    root = cache_folder()
    return ActivationCache(root, _limit(root), warn)


def _limit(root: Path) -> float:
    given = os.environ.get(LIMIT)
    if not given:
        return min(DEFAULT_GIB * 2**30, DISK_SHARE * _spare(root))
    try:
        gib = float(given)
    except ValueError:
        gib = math.nan
    if not gib >= 0:
        what = f"{LIMIT} = {given!r} is not a size in GiB"
        raise SpecError(what, hint="use a number such as 50, or 0 to turn the cache off")
    return gib * 2**30


def _spare(root: Path) -> int:
    """The bytes that are free on the disk of `root`, those of the cache itself included."""
    there = next(path for path in (root, *root.parents) if path.exists())
    try:
        held = sum(path.stat().st_size for path in root.iterdir()) if there == root else 0
        return shutil.disk_usage(there).free + held
    except OSError:
        return 0
