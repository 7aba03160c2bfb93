"""What workers begin while the last units of an order are under way."""

from __future__ import annotations

from collections.abc import Callable

from probing.engine.experiment.units.orders import Order

Ahead = Callable[[], Order | None]
"""Writes the order that comes after one, and gives it; None where nothing can be begun yet."""


def nothing() -> Order | None:
    """Nothing can be begun."""
    return None
