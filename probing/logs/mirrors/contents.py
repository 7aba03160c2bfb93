"""The files of a run folder that a store gets, and which of them every reader wants."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

LOG, OWNER, PRINTED = "events.jsonl", "owner.json", "runner.log"
# the events and the owner have ways of their own, as have marks; wishes and jobs are of one place
_OWN_WAYS = {LOG, OWNER, "tags.txt", "notes.md", "archived", "queue.json", "slurm.json"}
_FOLDERS = {"blocks", "probes"}  # others are what workers have in hand
_LARGE = {"predictions.parquet", "texts.parquet", "training.parquet", "generated.parquet"}


def files_of(folder: Path) -> Iterator[tuple[str, os.stat_result]]:
    """The plain files of a run folder by their names in it; drafts and hidden ones are left out."""
    for place, folders, names in os.walk(folder):
        folders[:] = [one for one in folders if one in _FOLDERS]
        for name in names:
            path = Path(place) / name
            inner = path.relative_to(folder).as_posix()
            is_plain = path.is_file() and not path.is_symlink()
            if name.startswith(".") or inner in _OWN_WAYS or not is_plain:
                continue
            try:
                yield inner, path.stat()
            except OSError:  # it is gone
                continue


def is_small(name: str) -> bool:
    """Whether every reader fetches a file; others are fetched when somebody opens them."""
    return name not in _LARGE and not name.endswith(".safetensors")
