"""The folder of an intervention: its request, what was measured so far, and the rows of it all.

Its name holds a digest of the request, so that the same command finds what it has done before:
what is measured already is not measured again.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from probing.errors import RunError, SpecError
from probing.interventions.requests import Request, digest, read, record
from probing.logs.folders.plain_files import draft_of, open_to_write, opened

Values = Mapping[str, Any]


@dataclass(frozen=True)
class InterventionFolder:
    """The files of one intervention."""

    path: Path

    @property
    def name(self) -> str:
        """What it is called: the name of its folder."""
        return self.path.name

    @property
    def progress(self) -> Path:
        """What its process told, a line for each thing."""
        return self.path / "progress.jsonl"

    @property
    def request(self) -> Path:
        """What is asked."""
        return self.path / "request.json"

    @property
    def measured(self) -> Path:
        """A line for each unit of work that is done."""
        return self.path / "measured.jsonl"

    @property
    def rows(self) -> Path:
        """The rows of it all, written at the end."""
        return self.path / "rows.parquet"

    @property
    def log(self) -> Path:
        """What the process printed."""
        return self.path / "runner.log"

    def read_request(self) -> Request:
        """The request; raises `RunError` for a file that holds none."""
        try:
            with opened(self.request) as file:
                return read(json.load(file))
        except (OSError, ValueError, KeyError, TypeError) as error:
            what = f"holds no request ({type(error).__name__})"
            raise RunError(what, where=str(self.request), hint="start it again") from None

    def done(self) -> dict[str, Values]:
        """What was measured, by unit: whole lines alone."""
        return {line["unit"]: line["values"] for line in self._lines()}

    def append(self, unit: str, values: Values) -> None:
        """Keep what was measured of a unit; raises `RunError` where the disk does not take it."""
        text = json.dumps({"unit": unit, "values": values})
        line = f"{zlib.crc32(text.encode()):08x} {text}\n".encode()
        try:
            is_torn = not self._ends_whole()
            file = open_to_write(self.measured, os.O_APPEND)
            with os.fdopen(file, "ab") as stream:
                stream.write(b"\n" * is_torn + line)
                stream.flush()
                os.fsync(stream.fileno())
        except OSError as error:
            what, hint = f"cannot be written ({error.strerror})", "make room, then start it again"
            raise RunError(what, where=str(self.measured), hint=hint) from None

    def write(self, path: Path, data: bytes) -> None:
        """Write a file of this folder whole or not at all."""
        draft, file = draft_of(path)
        with os.fdopen(file, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(path)

    def _ends_whole(self) -> bool:
        """Whether the last line that was written is whole, as far as its end tells."""
        try:
            with opened(self.measured) as file:
                return not file.seek(0, os.SEEK_END) or (file.seek(-1, 1), file.read())[1] == b"\n"
        except OSError:
            return True

    def _lines(self) -> Iterator[dict[str, Any]]:
        try:
            file = opened(self.measured)
        except OSError:
            return
        with file:
            for line in file:
                sum_, _, text = line.rstrip(b"\n").partition(b" ")
                # a line that was broken off, or one that a broken one ran into
                if line.endswith(b"\n") and sum_ == f"{zlib.crc32(text):08x}".encode():
                    yield json.loads(text)


def named(logs: Path, name: str, request: Request, *parts: str) -> InterventionFolder:
    """Where a request of the probe `name` lies among `logs`.

    `parts` are digests of the files that it depends on.
    """
    return InterventionFolder(logs / f"{request.kind}-{name}-{digest(request, *parts)[:8]}")


def folder_of(logs: Path, name: str, request: Request, *parts: str) -> InterventionFolder:
    """The folder of a request among `logs`, made where it is not there yet.

    Raises `SpecError` where the logs folder cannot be written.
    """
    found = named(logs, name, request, *parts)
    try:
        logs.mkdir(parents=True, exist_ok=True)
        found.path.mkdir(mode=0o700, exist_ok=True)
        if not found.request.exists():
            found.write(found.request, json.dumps(record(request), indent=1).encode())
    except OSError as error:
        raise SpecError(
            f"the logs folder cannot be written ({error.strerror})",
            where=str(logs),
            hint="choose another with --logs DIR or $PROBE_TUI_LOGS",
        ) from None
    return found
