"""What the app keeps between two starts: for each logs folder, where its user was."""

from __future__ import annotations

import contextlib
import json
from hashlib import sha256
from pathlib import Path
from typing import Any

from tui.config.places import state_folder

LARGEST = 1_000_000


def kept_path(logs: Path) -> Path:
    """The file for one logs folder."""
    name = sha256(str(logs).encode("utf-8", "surrogateescape")).hexdigest()[:16]
    return state_folder() / "places" / f"{name}.json"


def read_kept(path: Path) -> dict[str, Any]:
    """What was kept; nothing where the file is missing, damaged or of another kind."""
    try:
        if path.stat().st_size > LARGEST:
            return {}
        kept = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return kept if isinstance(kept, dict) else {}


def keep(path: Path, kept: dict[str, Any]) -> None:
    """Keep this; does nothing where the folder is not writable."""
    draft = path.with_suffix(".draft")
    with contextlib.suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft.write_text(json.dumps(kept))
        draft.replace(path)


def part(kept: dict[str, Any], name: str) -> dict[str, Any]:
    """The part of that name, empty where it is none."""
    found = kept.get(name)
    return found if isinstance(found, dict) else {}
