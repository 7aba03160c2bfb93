"""Log the progress of a pass, at most once a second."""

from __future__ import annotations

import time

from probing.engine.experiment.run_writer import Store
from probing.engine.extraction import PassProgress
from probing.events import PassProgressed

PROGRESS_S = 1.0


class LoggedProgress:
    """Takes what a pass reports and logs the least that shows it moving."""

    def __init__(self, store: Store, names: tuple[str, str]) -> None:
        self.store, self.names, self.last = store, names, 0.0

    def __call__(self, now: PassProgress) -> None:
        clock = time.monotonic()
        if clock - self.last < PROGRESS_S and now.texts_done < now.texts_total:
            return
        self.last = clock
        counts = now.texts_done, now.texts_total, now.tokens_done, now.tokens_total
        self.store.emit([PassProgressed(*self.names, *counts, now.elapsed_s)])
