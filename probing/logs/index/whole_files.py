"""Files of the index: written under a name of their own, then renamed, so that none is half there.

Several readers may write at once, and what they write is as good: no lock is needed.
"""

from __future__ import annotations

import contextlib
import os
import time
import uuid
from collections.abc import Iterable
from pathlib import Path

from probing.logs.index.places import NAME

DRAFT = ".draft"
OLD_S = 3600.0
FORGOTTEN_S = 30 * 86400.0


def replace_file(path: Path, pieces: Iterable[bytes]) -> bool:
    """Write a file, whole or not at all; whether that went well, since an index may be missing."""
    draft = path.with_name(f"{path.name}.{uuid.uuid4().hex}{DRAFT}")
    try:
        if not path.parent.exists():
            path.parent.mkdir(mode=0o700, parents=path.parent.name != NAME, exist_ok=True)
        file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(file, "wb") as stream:
            stream.writelines(pieces)
        draft.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            draft.unlink()
        return False
    return True


def drop_old(folder: Path, suffix: str) -> None:
    """Remove what killed writers left, and what only versions read that nobody used for a month."""
    now = time.time()
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            age = now - entry.stat().st_mtime
            is_draft = entry.name.endswith(DRAFT) and age > OLD_S
            is_foreign = entry.name.endswith(".cells") and not entry.name.endswith(suffix)
            if is_draft or (is_foreign and age > FORGOTTEN_S):
                Path(entry.path).unlink()
