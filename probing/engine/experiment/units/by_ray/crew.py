"""How many workers Ray is asked for, and what each takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Crew:
    """How many workers there are to be, and what each takes.

    On a cluster `n_workers` of 0 are as many as fit on it, and at most `most`, where that is not 0.
    `memory` is in bytes, as the plan has it; `held` are the GPUs of this machine that the run
    holds, by their names in torch; `gpus_of` are the GPUs that models need by the number
    of their pass, where that is not `gpus_each`. Where nodes have GPUs, and the machine of the run
    has none, the crew is that `on_gpus`; a `why_not` forbids that.
    """

    n_workers: int
    device: str
    n_threads: int
    gpus_each: int = 0
    most: int = 0
    memory: int = 0
    held: tuple[str, ...] = ()
    gpus_of: Mapping[int, int] = field(default_factory=dict)
    on_gpus: Crew | None = None
    why_not: str = ""
