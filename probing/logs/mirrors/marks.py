"""The tags and the note of a run in a store: one small object, written by whoever changes them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from probing.logs.folders.plain_files import read_bytes, write_whole
from probing.logs.mirrors.heads import marks_name
from probing.stores import ObjectStore

FILES = ("tags.txt", "notes.md", "archived")
_LARGEST = 65536  # bytes of one of them


def push_marks(folder: Path, store: ObjectStore) -> None:
    """Send the marks of a run as they are here."""
    marks = {name: text for name in FILES if (text := _text(folder / name)) is not None}
    store.write(marks_name(folder.name), json.dumps(marks).encode())


def pull_marks(folder: Path, store: ObjectStore) -> None:
    """Have the marks of a run as they are in the store."""
    try:
        marks = json.loads(store.read(marks_name(folder.name)))
    except (FileNotFoundError, ValueError, RecursionError):
        return
    if not isinstance(marks, dict):
        return
    for name in FILES:
        text = marks.get(name)
        if isinstance(text, str) and len(text) <= _LARGEST:
            write_whole(folder / name, text.encode("utf-8", "surrogatepass"))
        else:
            (folder / name).unlink(missing_ok=True)


def _text(path: Path, read: Callable[[Path, int], bytes] = read_bytes) -> str | None:
    try:
        return read(path, _LARGEST).decode("utf-8", "replace")
    except OSError:
        return None
