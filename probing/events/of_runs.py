"""What happens to a run as a whole: it starts, waits, warns, ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from probing.events.base import Event


@dataclass(frozen=True)
class RunStarted(Event):
    """A runner started the run; `attempt` counts from 0, so above 0 the run was resumed.

    `n_alike` of the passes read the texts of another one, as those of several targets do.
    """

    kind: ClassVar[str] = "run_started"
    run: str
    attempt: int
    version: str
    pid: int
    host: str
    n_cells: int
    n_passes: int
    n_threads: int
    n_alike: int = 0


@dataclass(frozen=True)
class DeviceTaken(Event):
    """The run has its device; `dtype` is the precision of the forward pass."""

    kind: ClassVar[str] = "device_taken"
    device: str
    name: str
    dtype: str


@dataclass(frozen=True)
class Waited(Event):
    """The run waits for something that another run holds, such as a GPU."""

    kind: ClassVar[str] = "waited"
    reason: str


@dataclass(frozen=True)
class JobStarted(Event):
    """The runner is in a job of Slurm, such as `123`, or `123_0` of an array.

    `n_restarts` is how often Slurm has put that job back into its queue.
    """

    kind: ClassVar[str] = "job_started"
    job: str
    node: str
    partition: str
    n_restarts: int = 0


@dataclass(frozen=True)
class CellsRetried(Event):
    """Cells are computed again: what was logged of them before counts no more.

    They are those that failed, with those that were committed beside them or made of them. What
    series come to is concluded anew.
    """

    kind: ClassVar[str] = "cells_retried"
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Warned(Event):
    """A warning that readers of the results should know."""

    kind: ClassVar[str] = "warned"
    where: str
    message: str


@dataclass(frozen=True)
class RunDone(Event):
    """Every cell is done or has failed; `tables` holds the SHA-256 of each closing table.

    `table_bytes` holds their sizes: a file of another one is not read to see that it has changed.
    `summary`, of every kind of end, is what a list of runs shows, so that it need not read the
    whole log (see `probing.logs.states.summaries`); empty in logs of older versions.
    """

    kind: ClassVar[str] = "run_done"
    n_done: int
    n_failed: int
    elapsed_s: float
    exit_code: int
    tables: Mapping[str, str] = field(default_factory=dict)
    table_bytes: Mapping[str, int] = field(default_factory=dict)
    summary: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class RunFailed(Event):
    """The run stopped early; finished cells stay, and `resume` continues from there."""

    kind: ClassVar[str] = "run_failed"
    error: str
    exit_code: int
    summary: Mapping[str, Any] = field(default_factory=dict)


PUT_BACK = "Slurm, which has put its job back into the queue"


@dataclass(frozen=True)
class RunCancelled(Event):
    """Someone cancelled the run; finished cells stay. `by` is `PUT_BACK` where it goes on later."""

    kind: ClassVar[str] = "run_cancelled"
    by: str
    summary: Mapping[str, Any] = field(default_factory=dict)


Ended = RunDone | RunFailed | RunCancelled
