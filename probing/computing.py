"""What processes that compute do before they load torch, while they load it, and when they end."""

from __future__ import annotations

import atexit
import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager


def begin() -> None:
    """Set what torch reads when it is loaded, and `end_quickly`."""
    # idle threads that spin wait for each other without end where others use the cores too:
    # small fits took fifty times as long
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    end_quickly()


@contextmanager
def loading() -> Iterator[None]:
    """While libraries are loaded inside, look for no garbage, and never look among them again."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def end_quickly() -> None:
    """At the end of this process look for no garbage: in all of torch that takes half a second."""
    atexit.register(gc.freeze)
