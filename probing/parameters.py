"""The parameters of the classifiers that ship, and the values that each may have."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Allowed:
    """The values that a parameter may have, and how an error words them."""

    words: str
    test: Callable[[Any], bool]

    def or_none(self) -> Allowed:
        """These values, or None for a choice that the classifier makes."""
        return Allowed(self.words, lambda value: value is None or self.test(value))


@dataclass(frozen=True)
class Parameter:
    """One parameter of a classifier: its default, what it means, and the values it may have."""

    name: str
    default: Any
    meaning: str
    allowed: Allowed = field(default_factory=lambda: ANY, compare=False)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_share(value: Any) -> bool:
    return _is_number(value) and 0 <= value <= 1


def one_of(*values: str) -> Allowed:
    """One of some words."""
    return Allowed(" or ".join(f'"{value}"' for value in values), lambda value: value in values)


ANY: Allowed = Allowed("anything", lambda value: True)
POSITIVE = Allowed("a positive number", lambda value: _is_number(value) and value > 0)
NOT_NEGATIVE = Allowed("a number of 0 or more", lambda value: _is_number(value) and value >= 0)
WHOLE = Allowed("a whole number of 0 or more", _is_whole)
COUNT = Allowed("a whole number of at least 1", _is_count)
SHARE = Allowed("a number from 0 to 1", _is_share)
SOME_SHARE = Allowed("a number above 0 and up to 1", lambda value: _is_share(value) and value > 0)
SHRINKAGE = Allowed(
    '"ledoit_wolf" or a number from 0 to 1',
    lambda value: value in ("ledoit_wolf", None) or _is_share(value),
)
