"""Arrays on disk that are either whole or not there: safetensors with our own SHA-256."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from probing.errors import RunError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Arrays = Mapping[str, NDArray[np.generic]]


def write_arrays(path: Path, arrays: Arrays) -> str:
    """Write the arrays under a temporary name, sync, rename; returns the SHA-256."""
    from safetensors.numpy import save  # numpy: only those who hold arrays pay

    data = save(dict(arrays))
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.draft")
    try:
        file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(file, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise RunError(
            f"cannot be written ({error.strerror})",
            where=str(path),
            hint="make room, then resume the run",
        ) from None
    return hashlib.sha256(data).hexdigest()


def read_arrays(path: Path, sha256: str) -> dict[str, Any] | None:
    """The arrays at `path`; None where the file is missing or is not the one that was written."""
    from safetensors.numpy import load

    try:
        data = path.read_bytes()
    except OSError:
        return None
    if hashlib.sha256(data).hexdigest() != sha256:
        return None
    return dict(load(data))
