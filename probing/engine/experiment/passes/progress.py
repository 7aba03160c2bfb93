"""Log the progress of a pass, and of the generation before it, at most once a second."""

from __future__ import annotations

import time

from probing.engine.experiment.run_writer import Store
from probing.engine.extraction import Growth, PassProgress
from probing.events import GenerationProgressed, PassProgressed

PROGRESS_S = 1.0


class _Logged:
    """Logs the least that shows something moving, as events of one kind."""

    kind: type[PassProgressed | GenerationProgressed]

    def __init__(self, store: Store, names: tuple[str, str]) -> None:
        self.store, self.names, self.last = store, names, 0.0

    def __call__(self, now: PassProgress | Growth) -> None:
        clock = time.monotonic()
        if clock - self.last < PROGRESS_S and now.texts_done < now.texts_total:
            return
        self.last = clock
        counts = now.texts_done, now.texts_total, now.tokens_done, now.tokens_total
        self.store.emit([self.kind(*self.names, *counts, now.elapsed_s)])


class LoggedProgress(_Logged):
    """Takes what a pass reports."""

    kind = PassProgressed


class LoggedGrowth(_Logged):
    """Takes what the continuing of texts reports."""

    kind = GenerationProgressed
