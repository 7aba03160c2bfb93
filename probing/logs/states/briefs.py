"""What a list of runs shows of one run, without its cells, passes and warnings."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from probing.events import RunCancelled, RunDone, RunFailed
from probing.events.values import FITS
from probing.logs.states.state import RunState

_ENDS = {RunDone: "done", RunFailed: "failed", RunCancelled: "cancelled"}


@dataclass(frozen=True)
class Brief:
    """The counts, times and device of a run; `end` is how it ended, empty where it did not.

    `read` are the models with the datasets that they read.
    """

    end: str = ""
    exit_code: int | None = None
    has_started: bool = False
    n_cells: int = 0
    n_done: int = 0
    n_failed: int = 0
    first_time: float = 0.0
    last_time: float = 0.0
    attempt_time: float = 0.0
    earlier_s: float = 0.0
    n_attempts: int = 0
    device: str = ""
    waiting: str = ""
    read: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, state: RunState) -> Brief:
        """That of a state."""
        end = state.end
        return cls(
            _ENDS.get(type(end), ""),
            end.exit_code if isinstance(end, RunDone | RunFailed) else None,
            state.started is not None,
            state.n_cells,
            state.n_done,
            state.n_failed,
            state.first_time,
            state.last_time,
            state.attempt_time,
            state.earlier_s,
            state.n_attempts,
            state.device.device if state.device else "",
            state.waiting,
            tuple(dict.fromkeys((one.model, one.dataset) for one in state.passes)),
        )

    @property
    def share_done(self) -> float:
        """Share of the cells that are done or have failed, 0 to 1."""
        return (self.n_done + self.n_failed) / self.n_cells if self.n_cells else 0.0

    def record(self) -> list[Any]:
        """Its values, for a file."""
        return [getattr(self, name) for name in _KINDS]

    @classmethod
    def from_record(cls, record: list[Any]) -> Brief:
        """That of values from a file; raises `ValueError` for such as are of another kind."""
        *values, pairs = record
        for fits, value in zip(_FITS, values, strict=True):
            if not fits(value):
                raise ValueError("not a brief")
        values.append(tuple((str(model), str(dataset)) for model, dataset in pairs))
        return cls(*values)


_KINDS: Mapping[str, str] = {one.name: str(one.type) for one in dataclasses.fields(Brief)}
_FITS = [FITS[kind] for name, kind in _KINDS.items() if name != "read"]
