"""Classes of users that worker processes load: of a file that imports little."""

from __future__ import annotations

import os
import signal
import time

import numpy as np
from sklearn.linear_model import LogisticRegression

from probing.engine.classifiers import SingleStepOpt

PARENT = "PROBING_TEST_PARENT"


def is_worker() -> bool:
    return os.environ[PARENT] != str(os.getpid())


class Tells(SingleStepOpt):
    """Says in which process it was fitted."""

    def __init__(self, seed, C=1.0):
        super().__init__()
        self.seed = seed
        self.classifier = LogisticRegression(C=C)

    def fit(self, trainset, valset, *rest, **named):
        self.chosen_ = {"process": float(os.getpid())}
        return super().fit(trainset, valset, *rest, **named)

    def forward(self, X):
        return (1 + 1e-3 * np.random.rand()) * super().forward(X)


class Falls(Tells):
    def __init__(self, seed, falls_at):
        super().__init__(seed)
        self.falls_at = falls_at

    def fit(self, trainset, valset, *rest, **named):
        if is_worker() and self.seed == self.falls_at:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().fit(trainset, valset, *rest, **named)


class Raises(Tells):
    def fit(self, *sets, **options):
        if is_worker():
            raise ValueError("not in a worker")
        return super().fit(*sets, **options)


class LoadsTorch(Tells):
    """Loads torch only when it is fitted."""

    def forward(self, X):
        import torch

        return super().forward(X) + torch.rand(len(X)).numpy()


class NotThere(Tells):
    """A class that cannot be found by its name."""


NotThere.__qualname__ = "Elsewhere"


class Ends(Tells):
    """Ends the process that it is fitted in, in one fold of the task."""

    def __init__(self, seed, how, at):
        super().__init__(seed)
        self.how, self.at = how, at

    def fit(self, trainset, valset, *rest, **named):
        if self.seed == self.at:
            HOW[self.how]()
        return super().fit(trainset, valset, *rest, **named)


class OwnBaseException(BaseException):
    """What `except Exception` lets pass."""


def _raise(error):
    raise error


HOW = {
    "exit": lambda: _raise(SystemExit(3)),
    "interrupt": lambda: _raise(KeyboardInterrupt),
    "base": lambda: _raise(OwnBaseException("no")),
    "os exit": lambda: os._exit(3),
    "hang up": lambda: (os.closerange(3, 1000), time.sleep(60)),
    "segfault": lambda: os.kill(os.getpid(), signal.SIGSEGV),
}
