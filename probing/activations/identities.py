"""The identity of a model or tokenizer in cache keys: its hub commit, or its files."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from probing.catalog import Location, ModelFacts

_COMMIT = re.compile(r"[0-9a-f]{40}")
_SMALL = 64 * 2**20  # bytes: hashed in a tenth of a second


def model_identity(place: ModelFacts | Location) -> Mapping[str, Any] | None:
    """The identity of a model or tokenizer, as a JSON object; None where it is not here yet.

    A snapshot of the hub is its commit. A folder is its path and its files: small ones by their
    content, large ones by size and times, since gigabytes are not read again for each run.
    """
    if place.folder is None:
        return None
    if place.source in ("hub", "hub cache") and _COMMIT.fullmatch(place.folder.name):
        return {"hub": place.name.partition("@")[0], "commit": place.folder.name}
    named: dict[str, Any] = {"gguf": place.gguf} if place.gguf else {}
    base = place.base_folder if isinstance(place, ModelFacts) else None
    if base is not None:
        named["base"] = {"folder": str(base), "files": _files(base)}
    return {"folder": str(place.folder), "files": _files(place.folder), **named}


def _files(folder: Path) -> list[list[Any]]:
    paths = [path for path in sorted(folder.iterdir()) if path.is_file()]
    return [
        [path.name, *_content(path)]
        for path in paths
        if path.suffix != ".md" and not path.name.startswith(".")
    ]


def _content(path: Path) -> list[Any]:
    stat = path.stat()
    # the change time: a copy may keep the modification time of other weights
    stamp = stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns
    return [_digest(path, stamp)] if stat.st_size <= _SMALL else list(stamp)


@lru_cache(maxsize=1024)
def _digest(path: Path, _stamp: tuple[int, int, int]) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
