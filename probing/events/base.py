"""The base of every kind of event, and an event with its place in the log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Event:
    """The base of every kind."""

    kind: ClassVar[str] = ""


@dataclass(frozen=True)
class Logged:
    """An event with its place and time in the log."""

    seq: int
    time: float
    event: Event
