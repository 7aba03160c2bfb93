"""Store and read cached activations by key, verify them, and make room when the cache is full."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from probing.activations.entry_keys import Key, installed
from probing.activations.eviction import evict
from probing.activations.manifest import SUFFIX, read_manifest, write_manifest
from probing.errors import RunError
from probing.logs.arrays import map_arrays, read_arrays, write_arrays

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from probing.logs.arrays import Streamed

    Arrays = Mapping[str, NDArray[Any]]

RESERVE = 2**28  # bytes of the disk that are left to others, such as the run's own log


@dataclass(frozen=True)
class Entry:
    """The arrays stored under a key, and the facts about them (a JSON object).

    Arrays are memory-mapped: they take memory only as they are used.
    """

    arrays: Arrays
    facts: Mapping[str, Any]


class ActivationCache:
    """Entries in the folder `root`, at most `limit` bytes; a limit of 0 caches nothing.

    A cache object never evicts what it has read or written itself. It reports a folder that
    cannot be written or a full disk to `warn` once, and never raises for them.
    """

    def __init__(
        self, root: Path, limit: float, warn: Callable[[str], None] = lambda message: None
    ) -> None:
        self.root, self.limit, self.warn = root, limit, warn
        self._used: set[str] = set()
        self._held: int | None = None
        self._is_closed = False
        self._told: set[str] = set()
        self._sound: set[str] = set()

    @property
    def is_open(self) -> bool:
        """Whether it can still be written to."""
        return self.limit > 0 and not self._is_closed

    def holds(self, key: Key) -> bool:
        """Whether there is an entry, judged by its manifest and file size; marks it as used."""
        return self._is_here(key)

    @property
    def used(self) -> frozenset[str]:
        """The names of the entries that are not evicted: what was read or written here."""
        return frozenset(self._used)

    def look_again(self, kept: Iterable[str] = ()) -> None:
        """Others have written: count anew, and keep the entries of these names too."""
        self._used.update(kept)
        self._held = None

    def flush(self) -> None:
        """Return when what was written is where it shall be; at once for a folder."""

    def _is_here(self, key: Key) -> bool:
        record = self._record(key)
        if record is None:
            return False
        path = self.root / record["file"]
        if path.is_file() and path.stat().st_size == record["size"]:
            return True
        self._drop(key, path)
        return False

    def lists(self, key: Key) -> bool:
        """Whether a manifest names `key`; does not mark the entry as used."""
        return self.limit > 0 and read_manifest(self._manifest(key)) is not None

    def facts(self, key: Key) -> Mapping[str, Any] | None:
        """What the manifest of `key` tells beside its arrays; None where there is none."""
        record = read_manifest(self._manifest(key)) if self.limit > 0 else None
        return None if record is None else record["facts"]

    def read(self, key: Key) -> Entry | None:
        """The entry of `key`, or None; a damaged entry is removed.

        The first read checks its SHA-256.
        """
        record = self._record(key)
        if record is None:
            return None
        path = self.root / record["file"]
        arrays = self._checked(path, record["sha256"])
        if arrays is not None:
            return Entry(arrays, record["facts"])
        self._drop(key, path)
        return None

    def _checked(self, path: Path, sha256: str) -> Arrays | None:
        if path.name not in self._sound:
            arrays = read_arrays(path, sha256)
            if arrays is not None:
                self._sound.add(path.name)
            return arrays
        try:
            return map_arrays(path)
        except OSError:
            return None

    def write(
        self, key: Key, arrays: Mapping[str, NDArray[Any] | Streamed], facts: Mapping[str, Any]
    ) -> bool:
        """Store an entry; returns whether it is in the cache now."""
        size = sum(array.nbytes for array in arrays.values())
        if not self.is_open:
            return False
        if self._is_here(key):
            return True
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            lack = self._lack(size)
            if not lack:
                self._store(key, arrays, facts)
        except (OSError, RunError) as error:
            why = error.what if isinstance(error, RunError) else error.strerror
            lack, self._is_closed = f"cannot be written ({why})", True
        self._tell_of(lack)
        return not lack

    def _store(
        self, key: Key, arrays: Mapping[str, NDArray[Any] | Streamed], facts: Mapping[str, Any]
    ) -> None:
        path = self.root / f"{key.name}.{secrets.token_hex(4)}.safetensors"
        sha256 = write_arrays(path, arrays)
        size = path.stat().st_size
        record = {
            "key": dict(key.parts),
            "file": path.name,
            "sha256": sha256,
            "size": size,
            "facts": dict(facts),
            "written": time.time(),
            "versions": {name: installed(name) for name in ("probe-tui", "torch", "transformers")},
        }
        write_manifest(self._manifest(key), record)
        self._used.add(key.name)
        self._held = (self._held or 0) + size

    def _record(self, key: Key) -> dict[str, Any] | None:
        if self.limit <= 0:
            return None
        path = self._manifest(key)
        record = read_manifest(path)
        if record is not None:
            self._used.add(key.name)
            with contextlib.suppress(OSError):  # a cache that may only be read
                os.utime(path)
        return record

    def _drop(self, key: Key, path: Path) -> None:
        if path.exists():  # else another run evicted it
            self.warn(f"{path} is damaged; its activations are computed again")
        with contextlib.suppress(OSError):
            self._manifest(key).unlink(missing_ok=True)
            path.unlink(missing_ok=True)

    def _lack(self, size: int) -> str:
        """Make room for `size` bytes; returns why that failed, or an empty string."""
        total = shutil.disk_usage(self.root).total
        if self._held is None or self._held + size > self.limit:
            # counted anew: other runs write and evict too
            self._held = evict(self.root, int(min(self.limit, total)) - size, self._used)
        if self._held + size > self.limit:
            return "is full of activations that this run uses"
        is_full = shutil.disk_usage(self.root).free < size + RESERVE
        return "is on a full disk" if is_full else ""

    def _tell_of(self, lack: str) -> None:
        if lack:
            self._tell(
                f"the activation cache {self.root} {lack}; new activations serve this run only"
            )

    def _tell(self, message: str) -> None:
        if message not in self._told:
            self._told.add(message)
            self.warn(message)

    def _manifest(self, key: Key) -> Path:
        return self.root / f"{key.name}{SUFFIX}"
