"""The place and the size limit of the activation cache, from environment variables."""

from __future__ import annotations

import math
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from probing.activations.cache import ActivationCache
from probing.errors import SpecError
from probing.stores import ObjectStore, is_url, local_cache, open_store
from probing.stores.urls import CACHE

NAME = "activations"
LIMIT = "PROBE_TUI_CACHE_GIB"
DEFAULT_GIB = 20.0
DISK_SHARE = 0.1


def cache_folder() -> Path:
    """The folder of the activation cache on this machine (see `local_cache`)."""
    return local_cache() / NAME


def open_cache(warn: Callable[[str], None] = lambda message: None) -> ActivationCache:
    """The activation cache of this user.

    `$PROBE_TUI_CACHE_GIB` limits its size; the default is 20 GiB, or a tenth of the free disk if
    that is less; 0 turns it off. Where `$PROBE_TUI_CACHE` is a URL, the folder on this machine
    has that store behind it. Raises `SpecError` for another size, or a URL that cannot be one.
    """
    root = cache_folder()
    limit, url = _limit(root), os.environ.get(CACHE)
    if not is_url(url) or limit <= 0:
        return ActivationCache(root, limit, warn)
    from probing.activations.stored_cache import StoredCache

    return StoredCache(root, limit, _store(url or ""), warn)


def check_cache() -> None:
    """Raises `SpecError` or `StoreError` where the store of the cache cannot be used."""
    url = os.environ.get(CACHE)
    if is_url(url):
        _store(url or "").check("-")  # a folder that is never there: the shortest listing


def _store(url: str) -> ObjectStore:
    return open_store(url).below(NAME)


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
