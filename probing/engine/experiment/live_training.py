"""How far the networks of a block are trained, in files of the run for whoever looks on."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from probing.engine.blocks import TrainingLog
from probing.errors import RunError
from probing.logs import RunFolder, write_arrays
from probing.logs.details.training_logs import epochs_name, packed_names, parameters_name

LEAST_S = 1.0
SHARE = 0.02  # of the time that writing may take


class LiveTraining:
    """Writes the epochs of a block so far, at most once a second: a file for each process."""

    def __init__(self, run: RunFolder, block: int) -> None:
        self.folder, self.block = run.training_so_far.absolute(), block
        self._next = 0.0
        self._logs: dict[tuple[tuple[str, int], ...], Callable[[], list[TrainingLog]]] = {}

    def __getstate__(self) -> dict[str, Any]:
        """A process that goes on with the block has networks of its own to tell of."""
        return {**self.__dict__, "_logs": {}}

    @property
    def file(self) -> Path:
        """That of this process."""
        return self.folder / f"{self.block}-{os.getpid()}.safetensors"

    def watch(
        self, cells: Sequence[tuple[str, int]], logs: Callable[[], list[TrainingLog]]
    ) -> None:
        """Networks, by their cell and fold, have ended an epoch."""
        self._logs[tuple(cells)], began = logs, time.monotonic()
        if began < self._next:
            return
        arrays = {}
        for own, told in self._logs.items():
            for (cell, fold), log in zip(own, told(), strict=True):
                arrays[parameters_name(cell)] = packed_names(log.names)
                arrays[epochs_name(cell, fold)] = log.values.astype("f4")
        with suppress(RunError, OSError):  # a full disk is told when something counts
            write_arrays(self.file, arrays)
        now = time.monotonic()
        self._next = now + max(LEAST_S, (now - began) / SHARE)

    def close(self) -> None:
        """What is trained is committed with its block."""
        for file in self.folder.glob(f"{self.block}-*"):
            with suppress(OSError):
                file.unlink(missing_ok=True)
