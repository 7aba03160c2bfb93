"""What users write beside a run: tags, a note, and that it is put away; plain files of its folder.

`tags.txt` has a tag a line, `notes.md` is any text, and a run with a file `archived` is hidden
from lists. Runs never read them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from probing.errors import RunError, SpecError
from probing.logs.folders.plain_files import read_bytes
from probing.logs.folders.run_folder import RunFolder
from probing.logs.mirrors.marks import push_marks
from probing.logs.mirrors.opening import store_of
from probing.logs.waiting.wishes import WISH, read_wish

TAGS, NOTE, ARCHIVED = "tags.txt", "notes.md", "archived"
LONGEST_TAG = 40
LARGEST_NOTE = 65536  # bytes
_MOST_TAGS = 100
_ODD = "\"'=<>!,"


@dataclass(frozen=True)
class Marks:
    """The tags and the note of a run, whether it is put away, and whether it is paused."""

    tags: tuple[str, ...] = ()
    note: str = ""
    is_archived: bool = False
    is_paused: bool = False


NO_MARKS = Marks()


class MarkStamp(NamedTuple):
    """What changes when a mark is written: the times of its files, None where there are none."""

    tags: int | None
    note: int | None
    is_archived: bool
    wish: int | None = None


def stamp_of(run: RunFolder) -> MarkStamp:
    """The stamp of a run's marks."""
    times = [_time(run.path / name) for name in (TAGS, NOTE, ARCHIVED, WISH)]
    return MarkStamp(times[0], times[1], times[2] is not None, times[3])


def read_marks(run: RunFolder) -> Marks:
    """The marks of a run; what cannot be read is none."""
    if (stamp := stamp_of(run)) == MarkStamp(None, None, False):
        return NO_MARKS
    lines = [line.strip() for line in _text(run.path / TAGS).splitlines()]
    tags = dict.fromkeys(line[:LONGEST_TAG] for line in lines if line)
    note = _text(run.path / NOTE).strip()
    is_paused = read_wish(run.path).is_paused
    return Marks(tuple(tags)[:_MOST_TAGS], note, stamp.is_archived, is_paused)


def write_tags(run: RunFolder, tags: Iterable[str]) -> None:
    """Give a run these tags and no others; raises `SpecError` for a text that is no tag."""
    kept = dict.fromkeys(map(checked_tag, tags))
    if len(kept) > _MOST_TAGS:
        raise SpecError(f"{len(kept)} tags", where=run.name, hint=f"keep to {_MOST_TAGS}")
    _write(run, TAGS, "".join(f"{tag}\n" for tag in kept))


def write_note(run: RunFolder, text: str) -> None:
    """Give a run this note; an empty one takes it away."""
    if len(text.encode("utf-8", "surrogatepass")) > LARGEST_NOTE:
        hint = "keep it in a file of its own, and note where that is"
        raise SpecError("the note is larger than 64 KiB", where=run.name, hint=hint)
    _write(run, NOTE, f"{text.strip()}\n" if text.strip() else "")


def archive(run: RunFolder, is_archived: bool = True) -> None:
    """Hide a run from lists, or show it again; its files stay where they are."""
    _write(run, ARCHIVED, "hidden from lists of runs\n" if is_archived else "")


def checked_tag(text: str) -> str:
    """A tag as it is kept: one word that filters can name. Raises `SpecError` for others."""
    tag = text.strip()
    is_odd = any(char.isspace() or not char.isprintable() or char in _ODD for char in tag)
    if not tag or is_odd or len(tag) > LONGEST_TAG:
        hint = f"use one word of up to {LONGEST_TAG} characters, without quotes, commas or = < > !"
        raise SpecError(f"{text[:60]!r} is no tag", where="tags", hint=hint)
    return tag


def _write(run: RunFolder, name: str, text: str) -> None:
    path = run.path / name
    try:
        if text:
            run.write(path, text)
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise RunError(f"cannot be written ({error.strerror})", where=str(path)) from None
    if (store := store_of(run.path.parent)) is not None:
        push_marks(run.path, store)


def _text(path: Path) -> str:
    try:
        return read_bytes(path, LARGEST_NOTE).decode("utf-8", "replace")
    except OSError:
        return ""


def _time(path: Path) -> int | None:
    try:
        return path.lstat().st_mtime_ns
    except OSError:
        return None
