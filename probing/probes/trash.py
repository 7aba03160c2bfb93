"""Take saved probes away so that they can be brought back."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from probing.errors import ProbeError
from probing.probes.files import arrays_path, read_card

TRASH = ".trash"  # a folder beside the cards, which nothing reads


@dataclass(frozen=True)
class Removed:
    """A probe that was taken away: where its files lay, and where they lie."""

    moves: tuple[tuple[Path, Path], ...]


def take_away(path: Path) -> Removed:
    """Move the card at `path` and its arrays to the trash, the card first.

    Raises `ProbeError` where they cannot be moved.
    """
    try:
        arrays = arrays_path(path, read_card(path))
    except ProbeError:
        arrays = path.with_suffix(".safetensors")
    folder = path.parent / TRASH
    moves = [(one, folder / one.name) for one in (path, arrays) if one.exists()]
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        for file, place in moves:
            file.replace(place)
    except OSError as error:
        raise ProbeError(f"cannot be moved ({error.strerror})", where=str(path)) from None
    return Removed(tuple(moves))


def bring_back(removed: Removed) -> None:
    """Move a probe back, its card last; raises `ProbeError` where that cannot be."""
    for file, place in reversed(removed.moves):
        if file.exists():
            hint = "remove that one first"
            raise ProbeError("another probe of that name was saved", where=str(file), hint=hint)
        try:
            place.replace(file)
        except OSError as error:
            what = f"cannot be brought back ({error.strerror})"
            raise ProbeError(what, where=str(place)) from None
    for _, place in removed.moves[:1]:
        with suppress(OSError):  # others may lie there still
            place.parent.rmdir()
