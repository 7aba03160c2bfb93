"""What is a URL of a store, and where on this machine what belongs to one is kept."""

from __future__ import annotations

import os
import re
from pathlib import Path

from probing.errors import SpecError

CACHE = "PROBE_TUI_CACHE"
_URL = re.compile(r"([a-z][a-z0-9+.-]*)://(.*)", re.IGNORECASE | re.DOTALL)


def is_url(given: object) -> bool:
    """Whether this names a store rather than a folder."""
    return isinstance(given, str) and _URL.match(given) is not None


def scheme_of(url: str) -> str:
    """What stands before `://`, in small letters."""
    found = _URL.match(url)
    return found[1].lower() if found else ""


def plain_url(url: str) -> str:
    """The URL without slashes at its end, so that one place has one name.

    Raises `SpecError` where it names no bucket.
    """
    found = _URL.match(url)
    place = found[2].rstrip("/") if found else ""
    if found is None or not place.lstrip("/"):
        raise SpecError("names no bucket", where=url, hint="write it as s3://BUCKET/FOLDER")
    return f"{found[1].lower()}://{place}"


def local_cache() -> Path:
    """The cache folder on this machine: `$PROBE_TUI_CACHE`, else the platform's own.

    It is the platform's too where the variable names a store.
    """
    given = os.environ.get(CACHE)
    if not given or is_url(given):
        import platformdirs  # 10 ms

        given = platformdirs.user_cache_dir("probe-tui")
    return Path(given).expanduser().absolute()
