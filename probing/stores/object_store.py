"""The objects under a URL: read, written whole or not at all, listed and deleted."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from probing.errors import SpecError
from probing.stores.file_systems import file_system
from probing.stores.requests import TRIES, asked
from probing.stores.urls import plain_url, scheme_of

_PART = ".part-"  # of a file that is being written, where a store is a folder
_TOKENS = ("ETag", "etag", "md5Hash", "content_settings")
_TIMES = ("created", "mtime", "updated", "LastModified", "last_modified")


@dataclass(frozen=True)
class Listed:
    """An object in a listing: its bytes, and a text that changes when it is written again."""

    size: int
    token: str


class ObjectStore:
    """What lies under `url`; names are relative to it, with `/` between their parts.

    Every request is made again a few times. Methods raise `FileNotFoundError` for an object that
    is not there, `SpecError` for refused or missing credentials, and `StoreError` where the store
    goes on failing.
    """

    def __init__(self, url: str, files: Any, tries: int = TRIES) -> None:
        self.url, self.files, self.tries = plain_url(url), files, tries
        self._root: str = str(files._strip_protocol(self.url)).rstrip("/")

    def below(self, name: str) -> ObjectStore:
        """The store of what lies in one of its folders."""
        return ObjectStore(f"{self.url}/{name}", self.files, self.tries)

    def read(self, name: str) -> bytes:
        """The bytes of an object."""
        return bytes(asked(lambda: self.files.cat_file(self._path(name)), self.url, self.tries))

    def read_from(self, name: str, start: int, end: int) -> bytes:
        """Bytes `start` to `end` of an object."""
        if start >= end:
            return b""
        ask = partial(self.files.cat_file, self._path(name), start=start, end=end)
        return bytes(asked(ask, self.url, self.tries))

    def write(self, name: str, data: bytes) -> None:
        """Write an object."""
        with self._target(name) as path:
            asked(lambda: self.files.pipe_file(path, data), self.url, self.tries)

    def put(self, name: str, file: Path) -> None:
        """Write an object that holds what `file` does."""
        with self._target(name) as path:
            asked(lambda: self.files.put_file(str(file), path), self.url, self.tries)

    def get(self, name: str, file: Path) -> None:
        """Write what an object holds to `file`, which may be cut off where this raises."""
        asked(lambda: self.files.get_file(self._path(name), str(file)), self.url, self.tries)
        file.chmod(0o600)

    def list(self, folder: str = "") -> Mapping[str, Listed]:
        """Every object in a folder and below it, by its name in this store: one listing.

        Raises `SpecError` where the bucket does not exist.
        """
        path = self._path(folder) if folder else self._root

        def found() -> Mapping[str, Mapping[str, Any]]:
            infos: Mapping[str, Mapping[str, Any]] = self.files.find(path, detail=True)
            return infos

        try:
            infos = asked(found, self.url, self.tries)
        except FileNotFoundError:
            raise self._no_bucket() from None
        start = len(self._root.strip("/")) + 1
        listed = {name.strip("/")[start:]: _listed(info) for name, info in infos.items()}
        return {name: one for name, one in listed.items() if is_safe(name) and _PART not in name}

    def delete(self, names: Iterable[str]) -> None:
        """Delete objects; those that are gone already are no error."""
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                asked(partial(self.files.rm_file, self._path(name)), self.url, self.tries)

    def check(self, folder: str = "") -> Mapping[str, Listed]:
        """List a folder, to see soon whether the store can be used at all; returns the listing."""
        found = ObjectStore(self.url, self.files, 1).list(folder)
        if not found and scheme_of(self.url) in ("gs", "gcs", "abfs", "az"):
            bucket = self._root.partition("/")[0]  # whose listings are empty without a bucket
            if not asked(lambda: self.files.exists(bucket), self.url, 1):
                raise self._no_bucket()
        return found

    def _no_bucket(self) -> SpecError:
        what = f"there is no bucket {self._root.partition('/')[0]!r}"
        return SpecError(what, where=self.url, hint="make it, or correct the URL")

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"

    @contextlib.contextmanager
    def _target(self, name: str) -> Any:
        """Where to write an object; a folder has it under another name until it is whole."""
        path = self._path(name)
        if scheme_of(self.url) not in ("file", "local"):
            yield path
            return
        draft = f"{path}{_PART}{secrets.token_hex(4)}"
        yield draft
        asked(lambda: self.files.mv(draft, path), self.url, self.tries)


def is_safe(name: str) -> bool:
    """Whether a name from a store stays below the folder that it is put into."""
    parts = PurePosixPath(name).parts
    return bool(parts) and parts[0] != "/" and ".." not in parts and "\0" not in name


def _listed(info: Mapping[str, Any]) -> Listed:
    token = next((str(info[key]) for key in _TOKENS if info.get(key)), "")
    times = " ".join(str(info[key]) for key in _TIMES if info.get(key))
    return Listed(int(info.get("size") or 0), token or times)


def open_store(url: str) -> ObjectStore:
    """The store of `url`, which is asked nothing yet.

    Raises `SpecError` for a URL of an unknown kind, or whose package is not installed.
    """
    url = plain_url(url)
    return ObjectStore(url, file_system(url))
