"""The epochs of networks that are trained together, gathered for a block and told as they end."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from probing.engine.blocks import Block, TrainingLog
from probing.engine.solvers.networks.epoch_log import EpochLog


def epoch_log(
    block: Block, names: Sequence[str], places: Sequence[tuple[int, int, int]]
) -> EpochLog | None:
    """What gathers the epochs of the networks at these places; None where nobody asks for them.

    A place is a layer, a labelling and a fold of the block; `names` are the parameters trained.
    """
    if not block.logs_training:
        return None
    log = EpochLog(names, len(places))
    if block.watch is not None:
        log.watch = partial(block.watch, places, partial(training_logs, log, len(places)))
    return log


def training_logs(log: EpochLog, n: int) -> list[TrainingLog]:
    """The epochs of each of n networks so far."""
    return [TrainingLog(log.names, log.of(at)) for at in range(n)]
