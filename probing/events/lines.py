"""An event as one line of the log and back; a line of another form or checksum is none."""

from __future__ import annotations

import dataclasses
import json
import math
import zlib
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from probing.events import of_cells, of_passes, of_probes, of_runs, of_units
from probing.events.base import Event, Logged
from probing.events.values import FITS

KINDS: dict[str, type[Event]] = {
    one.kind: one
    for room in (of_runs, of_units, of_passes, of_probes, of_cells)
    for one in vars(room).values()
    if isinstance(one, type) and issubclass(one, Event) and one.kind
}


def to_record(logged: Logged) -> dict[str, Any]:
    """The JSON object of a logged event, without its checksum."""
    return {"seq": logged.seq, "time": round(logged.time, 3), **record_of(logged.event)}


def record_of(event: Event) -> dict[str, Any]:
    """The kind and the fields of an event, as JSON."""
    fields = dataclasses.fields(event)
    return {"kind": event.kind} | {one.name: _finite(getattr(event, one.name)) for one in fields}


def to_line(logged: Logged) -> str:
    """One line of the log, newline included."""
    body = json.dumps(to_record(logged), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    # half a surrogate pair, as in the name of a file that is not UTF-8, has no bytes in UTF-8
    body = body.encode("utf-8", "replace").decode()
    return f'{body[:-1]},"crc":"{zlib.crc32(body[:-1].encode()):08x}"}}\n'


_TAIL = len(',"crc":"00000000"}')


def from_line(line: str) -> Logged | None:
    """The event of a complete line; None where the checksum or the form is wrong."""
    line = line.rstrip("\n")
    if not has_checksum(line.encode()):
        return None
    record = json.loads(line)
    event = from_record(record)
    head = FITS["int"](record["seq"]) and FITS["float"](record["time"])
    return Logged(record["seq"], record["time"], event) if head and event is not None else None


def has_checksum(line: bytes) -> bool:
    """Whether a line without its end carries the checksum of what comes before it."""
    return line[-_TAIL:] == b',"crc":"%08x"}' % zlib.crc32(line[:-_TAIL])


def from_record(record: Mapping[str, Any]) -> Event | None:
    """The event of a JSON object; None where a field is of another kind.

    Raises `KeyError` or `TypeError` where one is missing.
    """
    kind = KINDS.get(record["kind"])
    if kind is None:
        return None
    fits = _checks(record["kind"])
    values = {name: _frozen(value) for name, value in record.items() if name in fits}
    return kind(**values) if all(fits[name](value) for name, value in values.items()) else None


@lru_cache
def _checks(kind: str) -> Mapping[str, Callable[[Any], bool]]:
    """By its name, whether a value fits a field of `kind`."""
    return {field.name: FITS[str(field.type)] for field in dataclasses.fields(KINDS[kind])}


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(part) for part in value]
    return value
