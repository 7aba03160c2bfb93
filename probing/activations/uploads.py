"""Files on their way to a store, one after another, in a thread beside the run."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import Queue

from probing.errors import ProbingError


class Uploads:
    """Does what it is given in turn; after the first error it does nothing more.

    `error` is that error.
    """

    def __init__(self) -> None:
        self.error: ProbingError | OSError | None = None
        self._left: Queue[Callable[[], None]] = Queue()
        self._thread: threading.Thread | None = None

    def add(self, work: Callable[[], None]) -> None:
        """Have `work` done when its turn comes."""
        self._left.put(work)
        if self._thread is None:
            self._thread = threading.Thread(target=self._go_on, daemon=True)
            self._thread.start()

    def wait(self) -> None:
        """Return when all is done, or nothing more will be."""
        self._left.join()

    def _go_on(self) -> None:
        while True:
            work = self._left.get()
            try:
                if self.error is None:
                    work()
            except (ProbingError, OSError) as error:
                self.error = error
            finally:
                self._left.task_done()
