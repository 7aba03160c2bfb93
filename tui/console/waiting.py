"""A line on the terminal while something takes long that cannot tell how far it is."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tui.texts.of_runs.run_line import clock
from tui.texts.sanitiser import clean

FIRST_S, AGAIN_S = 2.0, 10.0


@contextmanager
def waiting(what: str) -> Iterator[None]:
    """Say `what` is being done if that takes over 2 s, and again every 10 s, with the time.

    Nothing is said where standard error is no terminal.
    """
    if not sys.stderr.isatty():
        yield
        return
    over = threading.Event()
    began = time.monotonic()

    def tell() -> None:
        pause = FIRST_S
        while not over.wait(pause):
            spent = clock(time.monotonic() - began)
            print(clean(f"{what}: {spent}"), file=sys.stderr, flush=True)
            pause = AGAIN_S

    thread = threading.Thread(target=tell, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
