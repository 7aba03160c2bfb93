"""Manifests: a cache entry counts only once a small file beside its arrays names them."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from pathlib import Path
from typing import Any

SUFFIX = ".json"


def write_manifest(path: Path, record: dict[str, Any]) -> None:
    """Write `record` with a checksum, whole or not at all; raises `OSError`."""
    body = json.dumps(record)
    line = json.dumps({"sha256": _sha256(body), "body": body})
    # a name of its own: two runs may write the same entry
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.draft")
    try:
        file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(file, "w", encoding="utf-8") as stream:
            stream.write(line)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def read_manifest(path: Path) -> dict[str, Any] | None:
    """The record at `path`; None where there is none or it is not the one that was written."""
    try:
        return parsed_manifest(path.read_bytes())
    except OSError:
        return None


def parsed_manifest(data: bytes) -> dict[str, Any] | None:
    """The record of a manifest; None where it is not the one that was written."""
    try:
        line = json.loads(data)
        body = line["body"]
        record: dict[str, Any] = json.loads(body)
    except (ValueError, KeyError, TypeError):
        return None
    return record if line.get("sha256") == _sha256(body) else None


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
