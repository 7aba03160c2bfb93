"""Where on this machine the logs of a store lie, and which store a folder belongs to."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from pathlib import Path

from probing.logs.folders.plain_files import read_bytes, write_whole
from probing.stores import local_cache
from probing.stores.urls import plain_url

STORE = ".store.json"
HEADS = ".runs"
RECORD = ".mirror.json"
_LARGEST = 65536  # bytes


def mirror_of(url: str) -> Path:
    """The folder for the logs of a store: under the cache folder of this machine."""
    url = plain_url(url)
    digest = hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    readable = re.sub(r"[^A-Za-z0-9]+", "-", url.partition("://")[2]).strip("-")[-40:]
    return local_cache() / "logs" / f"{readable}-{digest}"


def made_mirror(url: str) -> Path:
    """The same folder, made where it is not there; raises `OSError`."""
    folder = mirror_of(url)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if url_of(folder) is None:
        told = {"url": plain_url(url), "id": secrets.token_hex(8)}
        write_whole(folder / STORE, json.dumps(told).encode())
    return folder


def url_of(logs: Path) -> str | None:
    """The store that a logs folder belongs to; None for a folder that is just one."""
    return _told(logs, "url")


def mirror_id(logs: Path) -> str | None:
    """What tells this folder from those of other machines for the same store, also of one path."""
    return _told(logs, "id")


def _told(logs: Path, key: str) -> str | None:
    try:
        told = json.loads(read_bytes(logs / STORE, _LARGEST))
    except (OSError, ValueError, RecursionError):
        return None
    value = told.get(key) if isinstance(told, dict) else None
    return value if isinstance(value, str) else None
