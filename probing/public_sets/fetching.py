"""Download a public dataset, complete and checked, or not at all."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from probing.errors import DatasetError, nearest
from probing.public_sets.table import PUBLIC_SETS, PublicSet

Progress = Callable[[int, int | None], None]
Opener = Callable[[str], Any]
_CHUNK = 1 << 16
_TIMEOUT_S = 30.0
_LARGEST = 2**31  # bytes; no set of the table comes near it


def find(name: str) -> PublicSet:
    """The public set of that name; raises `DatasetError` with the nearest name."""
    if name not in PUBLIC_SETS:
        raise DatasetError(f"unknown public dataset {name!r}", hint=nearest(name, PUBLIC_SETS))
    return PUBLIC_SETS[name]


def _open(url: str) -> Any:
    return urllib.request.urlopen(url, timeout=_TIMEOUT_S)


def fetch(
    name: str, folder: Path, progress: Progress | None = None, opener: Opener = _open
) -> Path:
    """Downloads a public set into `folder` and returns its path.

    `progress` gets the bytes so far and in total (None: not announced); `NAME.source.json` beside
    the file keeps url, licence, SHA-256 and date. Raises `DatasetError` and leaves what was there
    when the network, the length or the checksum is wrong.
    """
    public = find(name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return _fetch(public, folder, progress, opener)
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = getattr(error, "reason", None) or error or type(error).__name__
        hint = f"try again, or save {public.url} as {folder / public.file_name}"
        raise DatasetError(f"cannot download {name!r} ({reason})", hint=hint) from error


def _fetch(public: PublicSet, folder: Path, progress: Progress | None, opener: Opener) -> Path:
    path = folder / public.file_name
    with _replacing(path) as file:
        digest = _download(public, file, progress, opener)
        if public.sha256 not in (None, digest):
            hint = "the file at this address has changed; nothing was saved"
            raise DatasetError(
                f"SHA-256 is {digest}, not {public.sha256}", where=public.url, hint=hint
            )
    with _replacing(folder / f"{public.name}.source.json") as file:
        file.write(_source(public, digest))
    return path


@contextmanager
def _replacing(path: Path) -> Iterator[IO[bytes]]:
    """A file that takes the place of `path` only once it is whole and on disk."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)


def _download(public: PublicSet, file: IO[bytes], progress: Progress | None, opener: Opener) -> str:
    """Copies the response into `file`; returns the SHA-256 in hexadecimal."""
    digest, done = hashlib.sha256(), 0
    with opener(public.url) as response:
        total = _announced(response)
        _check_size(public, total or 0)
        while chunk := response.read(_CHUNK):
            file.write(chunk)
            digest.update(chunk)
            done += len(chunk)
            _check_size(public, done)
            if progress is not None:
                progress(done, total)
    if done == 0 or total not in (None, done):
        raise OSError(f"the connection broke after {done} of {total or 'some'} bytes")
    return digest.hexdigest()


def _check_size(public: PublicSet, size: int) -> None:
    if size > _LARGEST:
        what = f"is larger than {_LARGEST / 2**30:.0f} GiB; nothing was saved"
        raise DatasetError(what, where=public.url, hint="the file at this address has changed")


def _announced(response: Any) -> int | None:
    """Bytes to come; None where the server does not say, or compresses on the way."""
    headers = getattr(response, "headers", None) or {}
    length = headers.get("Content-Length")
    compressed = headers.get("Content-Encoding") not in (None, "identity")
    return None if length is None or compressed else int(length)


def _source(public: PublicSet, digest: str) -> bytes:
    facts = {
        "name": public.name,
        "url": public.url,
        "licence": public.licence,
        "citation": public.citation,
        "sha256": digest,
        "fetched": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    return (json.dumps(facts, indent=2, ensure_ascii=False) + "\n").encode()
