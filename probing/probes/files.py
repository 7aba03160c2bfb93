"""Write, read and remove a saved probe: its arrays first, then the card that makes it count."""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from probing.errors import ProbeError
from probing.logs.arrays import map_arrays, write_arrays
from probing.logs.folders.plain_files import draft_of, read_bytes
from probing.probes.card import Card

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LARGEST = 2**24  # bytes of a card
REMEDY = "save it again: run its spec once more"


def save(folder: Path, card: Card, arrays: Mapping[str, NDArray[Any]]) -> Card:
    """Write a probe into `folder`, whole or not at all; returns the card as it was written."""
    file = f"{card.name}.safetensors"
    sha256 = write_arrays(folder / file, arrays)
    n_bytes = (folder / file).stat().st_size
    card = replace(card, file=file, sha256=sha256, n_bytes=n_bytes)
    write_card(folder / f"{card.name}.json", card)
    return card


def write_card(path: Path, card: Card) -> None:
    """Write a card under a temporary name, sync, rename."""
    draft, file = draft_of(path)
    with os.fdopen(file, "w", encoding="utf-8") as stream:
        json.dump(_finite(card.record()), stream, indent=1, ensure_ascii=False, allow_nan=False)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(path)


def _finite(value: Any) -> Any:
    """The value with null for every number that is not finite, which JSON does not know."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(part) for key, part in value.items()}
    return [_finite(part) for part in value] if isinstance(value, (list, tuple)) else value


def read_card(path: Path) -> Card:
    """The card at `path`; raises `ProbeError` where there is none, or it is damaged."""
    try:
        data = read_bytes(path, _LARGEST)
    except FileNotFoundError:
        raise ProbeError("no such probe", where=str(path)) from None
    except OSError as error:
        raise ProbeError(f"cannot be read ({error.strerror})", where=str(path)) from None
    try:
        return Card.of(json.loads(data))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        what = f"is damaged, or no card of a probe ({type(error).__name__}: {error})"
        raise ProbeError(what[:200], where=str(path), hint=REMEDY) from None


def arrays_path(path: Path, card: Card) -> Path:
    """The file of the arrays of a card at `path`, beside it; raises `ProbeError` for another."""
    if Path(card.file).name != card.file or not card.file:
        what = f"names {card.file!r}, which is not beside it"
        raise ProbeError(what, where=str(path), hint=REMEDY)
    return path.with_name(card.file)


def check_file(path: Path, card: Card) -> None:
    """Raises `ProbeError` where the arrays of a card are not there as they were written."""
    file = arrays_path(path, card)
    try:
        n_bytes = file.stat().st_size
    except OSError:
        raise ProbeError("its arrays are missing", where=str(file), hint=REMEDY) from None
    if n_bytes != card.n_bytes or _digest(file) != card.sha256:
        what = "is damaged: its SHA-256 is not the one of its card"
        raise ProbeError(what, where=str(file), hint=REMEDY)


def load_arrays(path: Path, card: Card) -> dict[str, NDArray[Any]]:
    """The arrays of the card at `path`, as pages of their file; raises `ProbeError`."""
    check_file(path, card)
    try:
        return map_arrays(arrays_path(path, card))
    except (OSError, ValueError, KeyError, TypeError) as error:
        what = f"holds no arrays ({error})"
        raise ProbeError(what, where=str(path.with_name(card.file)), hint=REMEDY) from None


def remove(path: Path) -> None:
    """Remove a probe: its card first, so that it does not count while its arrays go."""
    try:
        file: Path | None = arrays_path(path, read_card(path))
    except ProbeError:
        file = path.with_suffix(".safetensors")
    path.unlink(missing_ok=True)
    if file is not None:
        file.unlink(missing_ok=True)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
