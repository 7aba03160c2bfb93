"""A user's code runs in one thread: small fits are fastest so, and it rounds the same anywhere."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from typing import Any

from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]


class OneThread:
    """Inside, the libraries that were loaded when this was made compute in one thread."""

    def __init__(self) -> None:
        self._libraries, self._stack = ThreadpoolController(), ExitStack()

    def __enter__(self) -> None:
        self._stack.enter_context(self._libraries.limit(limits=1))
        torch: Any = sys.modules.get("torch")
        if torch is not None:
            self._stack.callback(torch.set_num_threads, torch.get_num_threads())
            torch.set_num_threads(1)

    def __exit__(self, *_: object) -> None:
        self._stack.close()
