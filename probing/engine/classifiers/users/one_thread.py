"""Run a user's code in one thread: fastest for small fits, and the same rounding anywhere."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from threading import RLock
from typing import Any

from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

_ALONE = RLock()  # the limits are those of the whole process, whose threads take turns


class OneThread:
    """Inside, the libraries that were loaded when this was made compute in one thread.

    Afterwards each computes in as many as before.
    """

    def __init__(self) -> None:
        self._n_modules, self._libraries = len(sys.modules), ThreadpoolController()

    def __enter__(self) -> None:
        with ExitStack() as stack:
            stack.enter_context(_ALONE)
            torch: Any = sys.modules.get("torch")
            if torch is not None:
                # asked first: torch counts the threads of a library that is limited next
                stack.callback(torch.set_num_threads, torch.get_num_threads())
            stack.enter_context(self._libraries.limit(limits=1))
            if torch is not None:
                torch.set_num_threads(1)
            self._stack = stack.pop_all()

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def is_outdated(self) -> bool:
        """Whether a library has been loaded since, which is not limited."""
        if len(sys.modules) == self._n_modules:
            return False
        now = ThreadpoolController()
        self._n_modules = len(sys.modules)
        return _paths(now) != _paths(self._libraries)


def _paths(libraries: ThreadpoolController) -> set[str]:
    return {one["filepath"] for one in libraries.info()}
