"""What a worker is asked, and the words of the talk with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from probing.engine.blocks import Block
from probing.engine.classifiers.users.workers.class_sources import Source

READY = "ready"


@dataclass(frozen=True)
class Job:
    """What a worker fits: a class on folds of a block, whose features `shape` are in a file.

    What is fitted as its parent would fit it computes in `n_threads`.
    """

    source: Source
    parameters: Mapping[str, Any]
    block: Block
    shape: tuple[int, ...]
    n_threads: int = 1


class Done:
    """All that was asked has been answered."""


@dataclass(frozen=True)
class Broken:
    """The class as a whole has failed, and why."""

    reason: str
