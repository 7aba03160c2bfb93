"""The file of a unit that is done, and what is known of the tries before."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from probing.activations.manifest import read_manifest, write_manifest
from probing.logs.arrays import (
    Streamed,
    is_array,
    map_arrays,
    read_arrays,
    write_apart,
    write_arrays,
)

LOST = "the worker was lost"


@dataclass(frozen=True)
class Found:
    """What a try has found: arrays and facts, and features, which are read one by one."""

    arrays: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    features: Mapping[str, Streamed] = field(default_factory=dict)


@dataclass(frozen=True)
class Done:
    """What a unit holds: arrays, as pages of its file, and facts; and how it came about."""

    arrays: Mapping[str, Any]
    facts: Mapping[str, Any]
    node: str
    elapsed_s: float
    reasons: tuple[str, ...] = ()
    file: Path | None = None  # of the features
    checksums: Mapping[str, str] = field(default_factory=dict)

    @property
    def n_tries(self) -> int:
        """How often it was begun."""
        return len(self.reasons) + 1

    def features(self, name: str) -> NDArray[Any] | None:
        """The features of a name, as pages of their file; None where they are damaged."""
        try:
            array = map_arrays(self.file)[name] if self.file is not None else None
        except (OSError, ValueError, TypeError, KeyError):  # gone, or shorter than it was
            return None
        return array if array is not None and is_array(array, self.checksums[name]) else None


@dataclass(frozen=True)
class UnitFile:
    """The files of the unit `at` in the folder of its order.

    The arrays count once the record names them with their SHA-256; features have a file of their
    own, and each a SHA-256, since who needs some need not read them all. A try leaves a small file
    when it begins, and the reason in it where it fails.
    """

    folder: Path
    at: int

    @property
    def record(self) -> Path:
        """Its commit."""
        return self.folder / f"{self.at}.json"

    def is_done(self) -> bool:
        """Whether some worker has committed it."""
        return self.record.exists()

    def begin(self, mark: str = "") -> Try:
        """Leave a sign that a try begins, under a mark of its own."""
        path = self.folder / f"{self.at}.{mark or secrets.token_hex(4)}.try"
        started = Try(path, self, time.monotonic())
        started.say("")
        return started

    def commit(self, found: Found, elapsed_s: float) -> None:
        """Write the arrays, then the record that counts; another worker's does as well."""
        path = self.folder / f"{self.at}.{secrets.token_hex(4)}.safetensors"
        features = path.with_suffix(".features.safetensors")
        record = {
            "features": features.name if found.features else "",
            "checksums": write_apart(features, found.features) if found.features else {},
            "file": path.name if found.arrays else "",
            "sha256": write_arrays(path, found.arrays) if found.arrays else "",
            "facts": dict(found.facts),
            "node": socket.gethostname(),
            "elapsed_s": elapsed_s,
        }
        write_manifest(self.record, record)

    def read(self) -> Done | None:
        """What was committed; None where nothing is, or where it is damaged, which removes it.

        Features are not checked here.
        """
        record, arrays = read_manifest(self.record), None
        if record is not None:
            with contextlib.suppress(OSError):
                path = self.folder / record["file"]
                arrays = read_arrays(path, record["sha256"]) if record["file"] else {}
        if record is None or arrays is None:
            self.remove()
            return None
        features = self.folder / record["features"] if record["features"] else None
        facts, node, took = record["facts"], record["node"], record["elapsed_s"]
        return Done(arrays, facts, node, took, self.reasons(), features, record["checksums"])

    def remove(self) -> None:
        """Have it done again."""
        with contextlib.suppress(OSError):
            self.record.unlink(missing_ok=True)

    def reasons(self) -> tuple[str, ...]:
        """How the tries ended that did not commit; of one that is under way, that it was lost."""
        found = []
        for path in sorted(self.folder.glob(f"{self.at}.*.try")):
            with contextlib.suppress(OSError, ValueError, KeyError):
                told = json.loads(path.read_text())
                found.append(f"{told['node']}: {told['reason'] or LOST}")
        return tuple(found)

    def explain(self, reason: str, mark: str = "") -> None:
        """Say why the try of that mark ended, or that one never began; why all did without one."""
        is_told = False
        for path in self.folder.glob(f"{self.at}.{mark or '*'}.try"):
            with contextlib.suppress(OSError, ValueError, KeyError):
                told = json.loads(path.read_text())
                is_told = is_told or bool(mark)
                if not told["reason"]:
                    path.write_text(json.dumps({**told, "reason": reason}))
                    is_told = True
        if not is_told:
            self.begin(mark).say(reason)

    def forget(self, mark: str) -> None:
        """A try that was one too many leaves no sign."""
        with contextlib.suppress(OSError):
            (self.folder / f"{self.at}.{mark}.try").unlink(missing_ok=True)


@dataclass(frozen=True)
class Try:
    """A try of a unit that is under way."""

    path: Path
    unit: UnitFile
    began: float

    def say(self, reason: str) -> None:
        """Write why it failed; nothing yet while it goes on."""
        told = {"node": socket.gethostname(), "pid": os.getpid(), "reason": reason}
        with contextlib.suppress(OSError):
            self.path.write_text(json.dumps(told))

    def succeed(self, found: Found) -> None:
        """Commit what it found; a try that ends well leaves no sign of its own."""
        self.unit.commit(found, time.monotonic() - self.began)
        self.forget()

    def forget(self) -> None:
        """Leave no sign of it."""
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)
