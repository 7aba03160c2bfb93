"""Cells of the tables of interventions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tui.plot.axis import short

LARGE = 1000.0


def told_mean(row: Mapping[str, Any] | None, digits: int = 2) -> str:
    """A mean and its interval; empty for none."""
    if row is None or row["value"] is None:
        return ""
    value = told_number(row["value"], digits)
    if row["low"] is None:
        return value
    return f"{value} [{told_number(row['low'], digits)}, {told_number(row['high'], digits)}]"


def told_range(values: Sequence[float], digits: int = 2) -> str:
    """The least and the most of values."""
    if not values:
        return ""
    low, high = (told_number(one, digits) for one in (min(values), max(values)))
    return low if low == high else f"{low} to {high}"


def told_number(value: float, digits: int = 2) -> str:
    """A number as plots write it, a large one by its first digits."""
    return short(value, digits) if abs(value) < LARGE else f"{value:.3g}"
