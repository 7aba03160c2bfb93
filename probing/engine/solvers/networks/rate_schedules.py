"""How the learning rate of a network changes from epoch to epoch."""

from __future__ import annotations

import math

SCHEDULES = ("constant", "linear", "cosine", "step")


def rate_factor(schedule: str, epoch: int, max_epoch: int, warmup: int = 0) -> float:
    """What the learning rate is multiplied by in an epoch, counted from 1.

    It rises in equal steps over `warmup` epochs, then is constant, falls to 0 at `max_epoch` as a
    line or as half a cosine (Loshchilov and Hutter 2017), or is a tenth of what it was after each
    third of the epochs.
    """
    if epoch <= warmup:
        return epoch / (warmup + 1)
    done = (epoch - 1 - warmup) / max(1, max_epoch - warmup)
    if schedule == "linear":
        return 1 - done
    if schedule == "cosine":
        return (1 + math.cos(math.pi * done)) / 2
    if schedule == "step":
        return float(0.1 ** math.floor(3 * done + 1e-9))
    return 1.0
