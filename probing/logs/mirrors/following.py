"""Keep the logs of a store as they are there, while somebody looks at them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from probing.errors import ProbingError
from probing.logs.mirrors.places import url_of

EVERY_S = 2.0
_MOST_S = 30.0


@contextmanager
def followed(logs: Path, tell: Callable[[str], object] = lambda line: None) -> Iterator[None]:
    """Fetch what is new every two seconds, in a thread; nothing for a folder of this machine.

    Where the store fails it is asked less often; `tell` is told that once, and when it is well.
    """
    url = url_of(logs)
    if url is None:
        yield
        return
    from probing.logs.mirrors.pulling import Tokens, pull  # 0.02 s, which few need
    from probing.stores import open_store

    store, over = open_store(url), threading.Event()

    def go_on() -> None:
        known: Tokens = {}
        wait_s, trouble = EVERY_S, ""
        while not over.wait(wait_s):
            try:
                troubles = pull(logs, store, known=known).troubles
                now = troubles[0] if troubles else ""
            except (ProbingError, OSError) as error:
                now = str(error)
            wait_s = min(wait_s * 2, _MOST_S) if now else EVERY_S
            if bool(now) != bool(trouble) and not over.is_set():
                tell(f"what is shown may be old: {now}" if now else f"{store.url} answers again")
            trouble = now

    threading.Thread(target=go_on, daemon=True).start()
    try:
        yield
    finally:
        over.set()
