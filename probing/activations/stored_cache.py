"""An activation cache with a store behind it: machines share what one of them has read.

The folder on this machine comes first and is kept under its limit as always. What it lacks is
fetched from the store, and what it makes goes there. Every entry is two objects: its arrays, and
then the manifest that names them, so that whoever sees the manifest finds the arrays.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from probing.activations.cache import ActivationCache, Entry
from probing.activations.entry_keys import Key
from probing.activations.entry_listings import EntryListings
from probing.activations.manifest import SUFFIX, parsed_manifest, read_manifest, write_manifest
from probing.activations.uploads import Uploads
from probing.errors import ProbingError
from probing.stores import ObjectStore


class StoredCache(ActivationCache):
    """Entries in the folder `root`, and behind it those of `store`.

    Nothing is raised for a store that fails: after some tries one line tells of it, and the
    folder alone serves. Objects are named `PASS/ENTRY.json` and `PASS/ENTRY.….safetensors`.
    """

    def __init__(
        self,
        root: Path,
        limit: float,
        store: ObjectStore,
        warn: Callable[[str], None] = lambda message: None,
    ) -> None:
        super().__init__(root, limit, warn)
        self.store = store
        self._listings, self._uploads = EntryListings(store), Uploads()
        self._sent: set[str] = set()
        self._facts: dict[str, Mapping[str, Any] | None] = {}
        self._is_cut_off = False

    def holds(self, key: Key) -> bool:
        """Whether the folder or the store has an entry."""
        return super().holds(key) or self._is_there(key)

    def lists(self, key: Key) -> bool:
        """Whether a manifest names `key`, here or in the store."""
        return super().lists(key) or self._is_there(key)

    def facts(self, key: Key) -> Mapping[str, Any] | None:
        """What the manifest of `key` tells beside its arrays; None where there is none."""
        told = super().facts(key)
        if told is not None or not self._is_there(key):
            return told
        if key.name not in self._facts:
            record = self._manifest_there(key)
            self._facts[key.name] = None if record is None else record["facts"]
        return self._facts[key.name]

    def read(self, key: Key) -> Entry | None:
        """The entry of `key`, fetched if it is not here; None where there is none."""
        entry = super().read(key)
        if entry is None and self._is_there(key) and self._fetched(key):
            entry = super().read(key)
        if entry is not None:
            self._send(key)
        return entry

    def write(self, key: Key, arrays: Mapping[str, Any], facts: Mapping[str, Any]) -> bool:
        """Store an entry here, and have it sent to the store; whether it is here now."""
        is_here = super().write(key, arrays, facts)
        if is_here:
            self._send(key)
        return is_here

    def look_again(self, kept: Iterable[str] = ()) -> None:
        """Others have written: count and list anew, and keep the entries of these names too."""
        super().look_again(kept)
        self._listings.forget()

    def flush(self) -> None:
        """Return when all that was written is in the store, or the store has failed."""
        self._uploads.wait()
        self._tell_of_uploads()

    def _is_there(self, key: Key) -> bool:
        """Whether the store lists the manifest of an entry."""
        reading, pooled = _parts(key)
        return bool(self._asked(lambda: f"{pooled}{SUFFIX}" in self._listings.of(reading), False))

    def _send(self, key: Key) -> None:
        """Have an entry sent that the store lacks."""
        self._tell_of_uploads()
        if self.limit > 0 and key.name not in self._sent and not self._is_there(key):
            self._sent.add(key.name)
            if not self._is_cut_off:
                self._uploads.add(partial(self._upload, key))

    def _upload(self, key: Key) -> None:
        reading, pooled = _parts(key)
        manifest = self._manifest(key)
        record = read_manifest(manifest)
        if record is None or not _is_name(key, record["file"]):
            return
        name = record["file"].removeprefix(f"{reading}-")
        self.store.put(f"{reading}/{name}", self.root / record["file"])
        self.store.put(f"{reading}/{pooled}{SUFFIX}", manifest)
        self._listings.add(reading, f"{pooled}{SUFFIX}", 0)

    def _tell_of_uploads(self) -> None:
        error = self._uploads.error
        if error is not None:
            self._cut_off(error)

    def _manifest_there(self, key: Key) -> dict[str, Any] | None:
        reading, pooled = _parts(key)
        data = self._asked(lambda: self.store.read(f"{reading}/{pooled}{SUFFIX}"), None)
        record = None if data is None else parsed_manifest(data)
        return record if record is not None and _is_name(key, record["file"]) else None

    def _fetched(self, key: Key) -> bool:
        """Fetch an entry into the folder; whether it is there now as it was written."""
        record = self._manifest_there(key)
        if record is None or not self._has_room(record["size"]):
            return False
        draft = self.root / f".{key.name}.{secrets.token_hex(4)}.draft"
        try:
            return bool(self._asked(lambda: self._fetch(key, record, draft), False))
        finally:
            draft.unlink(missing_ok=True)

    def _fetch(self, key: Key, record: dict[str, Any], draft: Path) -> bool:
        reading, _ = _parts(key)
        name = f"{reading}/{record['file'].removeprefix(f'{reading}-')}"
        self.store.get(name, draft)
        with draft.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != record["sha256"]:
                self.warn(f"{self.store.url}/{name} is damaged; its activations are computed again")
                return False
        draft.replace(self.root / record["file"])
        write_manifest(self._manifest(key), record)
        self._used.add(key.name)
        self._sound.add(record["file"])
        self._held = (self._held or 0) + record["size"]
        return True

    def _has_room(self, size: int) -> bool:
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            lack = self._lack(size)
        except OSError as error:
            lack = f"cannot be written ({error.strerror})"
        self._tell_of(lack)
        return not lack

    def _asked(self, ask: Callable[[], Any], otherwise: Any) -> Any:
        """What the store says; `otherwise` where it has failed, or lacks what is asked for."""
        if self._is_cut_off or self.limit <= 0:
            return otherwise
        try:
            return ask()
        except FileNotFoundError:
            return otherwise
        except (ProbingError, OSError) as error:
            self._cut_off(error)
            return otherwise

    def _cut_off(self, error: ProbingError | OSError) -> None:
        self._is_cut_off = True
        why = f"{error.where}: {error.what}" if isinstance(error, ProbingError) else str(error)
        self._tell(f"{why}; activations are kept in {self.root} alone for now")


def _parts(key: Key) -> tuple[str, str]:
    """The folder of a pass in the store, and the name of an entry there."""
    reading, _, pooled = key.name.partition("-")
    return reading, pooled


def _is_name(key: Key, file: Any) -> bool:
    """Whether a manifest, which may be anybody's, names a file of its own entry."""
    pattern = rf"{re.escape(key.name)}\.[0-9a-f]+\.safetensors"
    return isinstance(file, str) and re.fullmatch(pattern, file) is not None
