"""Seed a user's fit from what is fitted, without touching the program's random state."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from threading import RLock
from typing import Any

import numpy as np

from probing.engine.classifiers.users.process_settings import settings_kept

_ALONE = RLock()  # the generators are those of the whole process, whose threads take turns


@dataclass(frozen=True)
class RandomState:
    """Where the generators of Python, NumPy and torch (on the CPU and on a GPU) stand."""

    python: Any
    numpy: Any
    torch: Any = None
    gpu: Any = None

    @classmethod
    def now(cls, device: str = "cpu") -> RandomState:
        """As they stand; those of torch only where it is loaded."""
        state = cls(random.getstate(), np.random.get_state())
        torch = _torch()
        if torch is None:
            return state
        gpu = torch.cuda.get_rng_state(device) if device.startswith("cuda") else None
        return replace(state, torch=torch.get_rng_state(), gpu=gpu)

    def restore(self, device: str = "cpu") -> None:
        """Put them back where they stood."""
        random.setstate(self.python)
        np.random.set_state(self.numpy)
        if self.torch is not None:
            _torch().set_rng_state(self.torch)
        if self.gpu is not None:
            _torch().cuda.set_rng_state(self.gpu, device)

    def generator(self) -> Any:
        """A generator of torch's that draws on from here."""
        made = _torch().Generator()
        made.set_state(self.torch)
        return made


@contextmanager
def seeded(seed: int, device: str = "cpu") -> Iterator[None]:
    """What runs inside draws from `seed` (Python, NumPy, torch); afterwards all is as before."""
    with _kept(device):
        random.seed(seed)
        np.random.seed(seed)
        if torch := _torch():
            torch.manual_seed(seed)
        yield


@contextmanager
def going_on(state: RandomState, device: str = "cpu") -> Iterator[None]:
    """What runs inside draws on from `state`; afterwards all is as before."""
    with _kept(device):
        state.restore(device)
        yield


@contextmanager
def _kept(device: str) -> Iterator[None]:
    with _ALONE:
        before = RandomState.now(device)
        try:
            with settings_kept():
                yield
        finally:
            before.restore(device)


def _torch() -> Any:
    """torch where the program has loaded it: nothing draws from it otherwise."""
    return sys.modules.get("torch")
