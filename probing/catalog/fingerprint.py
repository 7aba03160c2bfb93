"""The fingerprint of a model's weights: the same wherever a copy of them lies."""

from __future__ import annotations

import hashlib
from pathlib import Path

from probing.catalog.types import ModelFacts

_PIECE = 2**16  # bytes of a sample
_SAMPLES = 32  # of each file, spread evenly: gigabytes are not read for a name
_ENDINGS = (".safetensors", ".gguf", ".bin", ".pt")


def fingerprint(facts: ModelFacts) -> str:
    """A SHA-256 of the sizes and of samples of its weight files; empty where they are not here."""
    if facts.folder is None:
        return ""
    files = [facts.folder / facts.gguf] if facts.gguf else _weights(facts.folder)
    if facts.base_folder is not None:
        files += _weights(facts.base_folder)
    if not files:
        return ""
    digest = hashlib.sha256()
    for path in files:
        digest.update(_sampled(path))
    return digest.hexdigest()


def _weights(folder: Path) -> list[Path]:
    found = [path for path in sorted(folder.iterdir()) if path.suffix in _ENDINGS]
    first = next((ending for ending in _ENDINGS if any(p.suffix == ending for p in found)), "")
    return [path for path in found if path.suffix == first and path.is_file()]


def _sampled(path: Path) -> bytes:
    size = path.stat().st_size
    digest = hashlib.sha256(str(size).encode())
    with path.open("rb") as file:
        for at in range(_SAMPLES):
            file.seek(max(0, size - _PIECE) * at // (_SAMPLES - 1))
            digest.update(file.read(_PIECE))
    return digest.digest()
