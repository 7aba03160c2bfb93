"""Cache expensive values that several fits of a block share."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar

from probing.plan.costs.device_memory import KEPT_BYTES

Value = TypeVar("Value")


class Memo:
    """Keeps what is computed until its bytes are used up; what comes later is made each time.

    Nothing is let go of: askers who come round and round would find nothing left of the first.
    """

    def __init__(self, limit: int = KEPT_BYTES) -> None:
        self.limit = limit
        self._kept: dict[Hashable, Any] = {}
        self._size = 0
        self._counting = Lock()

    def get(
        self, name: Hashable, make: Callable[[], Value], n_bytes: Callable[[Value], int]
    ) -> Value:
        """The value of that name, made if it is not there."""
        if name in self._kept:
            found: Value = self._kept[name]
            return found
        value = make()
        with self._counting:
            size = self._size + n_bytes(value)
            if size <= self.limit and name not in self._kept:
                self._kept[name], self._size = value, size
        return value
