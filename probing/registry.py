"""What can be picked by name: a static table, so that showing it imports nothing heavy.

Tests hold the table against the signatures of the classes it names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from probing.errors import SpecError, nearest

CLASSIFICATION = ("binary", "multiclass")
EVERY_TASK = ("binary", "multiclass", "regression")


@dataclass(frozen=True)
class Parameter:
    """One parameter of a classifier: its default and what it means."""

    name: str
    default: Any
    meaning: str


@dataclass(frozen=True)
class Entry:
    """A classifier that ships: where it lives, which tasks it serves, its parameters."""

    name: str
    path: str
    tasks: tuple[str, ...]
    summary: str
    parameters: tuple[Parameter, ...] = ()


CLASSIFIERS: dict[str, Entry] = {}


def classifier(name: str) -> Entry:
    """The entry of that name; raises `SpecError` with the nearest match."""
    try:
        return CLASSIFIERS[name]
    except KeyError:
        raise SpecError(
            f"unknown classifier {name!r}", where="classifiers", hint=nearest(name, CLASSIFIERS)
        ) from None
