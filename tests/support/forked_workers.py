"""Worker processes that are forked: one that starts anew imports for seconds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest

from probing.engine.classifiers.users.workers import child, process
from probing.engine.classifiers.users.workers.nursery import Nursery


@contextmanager
def forked_workers() -> Iterator[None]:
    """Workers are forks of this process, where it can be forked."""
    if not Nursery.is_possible():
        yield
        return
    nursery = Nursery(child.main, lambda: None)
    with pytest.MonkeyPatch.context() as patch:
        born = partial(process.WorkerProcess.born, nursery)
        patch.setattr(process.WorkerProcess, "started", born)
        yield
    nursery.close()
