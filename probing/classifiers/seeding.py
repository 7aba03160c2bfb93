"""Random numbers that depend on what is fitted, without touching those of the program."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch


def fit_seed(seed: int, *place: int) -> int:
    """A seed of 32 bits for one fit, from the labelling's seed and the fit's place."""
    text = "\x1f".join(map(str, (seed, "fit", *place)))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")


@contextmanager
def seeded(seed: int, device: str = "cpu") -> Iterator[None]:
    """What runs inside draws from `seed` (Python, NumPy, torch); afterwards all is as before."""
    devices = [torch.device(device)] if torch.device(device).type == "cuda" else []
    python, numpy = random.getstate(), np.random.get_state()
    with torch.random.fork_rng(devices=devices):
        random.seed(seed)
        np.random.seed(seed)
        torch.manual_seed(seed)
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(numpy)
