"""The head of a run in a store: what its folder holds, and when its machine last gave a sign."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from probing.logs.folders.plain_files import read_bytes, write_whole
from probing.logs.mirrors.places import HEADS, RECORD
from probing.stores.object_store import is_safe

FORMAT = 1
END = ".json"
MARKS_END = ".marks.json"


@dataclass(frozen=True)
class Sent:
    """A file as it was sent: its size in bytes, the time it was written, and its SHA-256."""

    size: int
    mtime_ns: int
    sha256: str


@dataclass(frozen=True)
class Part:
    """Bytes `start` to `end` of the events, and the object that holds them."""

    start: int
    end: int
    name: str


@dataclass(frozen=True)
class Head:
    """What a store has of a run.

    `mirror` is the id of the folder that it is worked on in. `life` names the log: after a damaged
    one was cut it is another; `log_tail` is the checksum of its last bytes. `is_over` says that
    nobody works on the run, however it ended; `beat` is when that was last seen to be otherwise.
    """

    host: str = ""
    mirror: str = ""
    beat: float = 0.0
    is_over: bool = False
    life: str = ""
    log_tail: int = 0
    log_mtime_ns: int = 0
    owner: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, Sent] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()

    @property
    def n_bytes(self) -> int:
        """How many bytes of the events are there."""
        return self.parts[-1].end if self.parts else 0

    def to_bytes(self) -> bytes:
        """As an object: a line of JSON with its checksum."""
        body = json.dumps({"format": FORMAT, **asdict(self)})
        return json.dumps({"crc": zlib.crc32(body.encode()), "body": body}).encode()


def parsed_head(data: bytes) -> Head | None:
    """The head that `to_bytes` gave; None for anything else, or one that names odd files."""
    try:
        line = json.loads(data)
        if zlib.crc32(line["body"].encode()) != line["crc"]:
            return None
        told: dict[str, Any] = json.loads(line["body"])
        if told.pop("format") != FORMAT:
            return None
        told["files"] = {name: Sent(**one) for name, one in told["files"].items()}
        told["parts"] = tuple(Part(**one) for one in told["parts"])
        head = Head(**told)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return head if all(map(is_safe, [*head.files, *(one.name for one in head.parts)])) else None


def head_name(run: str) -> str:
    """The object of a run's head."""
    return f"{HEADS}/{run}{END}"


def marks_name(run: str) -> str:
    """The object of a run's marks."""
    return f"{HEADS}/{run}{MARKS_END}"


@dataclass(frozen=True)
class Record:
    """What this machine knows of a run in the store: its head, and how it was listed.

    `is_sent` says that a run of this machine is there as a whole.
    """

    head: Head
    token: str = ""
    is_sent: bool = False
    marks_token: str = ""


def read_record(folder: Path) -> Record | None:
    """The record in a run folder; None where it has none."""
    try:
        told = json.loads(read_bytes(folder / RECORD))
        head = parsed_head(told.pop("head").encode())
        return None if head is None else Record(head, **told)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def write_record(folder: Path, record: Record) -> None:
    """Keep the record in a run folder; raises `OSError`."""
    told = {
        "head": record.head.to_bytes().decode(),
        "token": record.token,
        "is_sent": record.is_sent,
        "marks_token": record.marks_token,
    }
    write_whole(folder / RECORD, json.dumps(told).encode())
