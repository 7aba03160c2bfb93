"""An intervention as a row of the list of runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from probing.interventions.folder import InterventionFolder
from probing.interventions.progress import Progress, progress_of
from tui.texts.of_runs.run_line import SYMBOLS, moment, span


@dataclass(frozen=True)
class InterventionLine:
    """What a list of runs shows of one intervention; its units stand for cells."""

    folder: InterventionFolder
    told: Progress

    @classmethod
    def of(cls, folder: InterventionFolder) -> InterventionLine:
        """The current line of an intervention."""
        return cls(folder, progress_of(folder))

    @property
    def row(self) -> dict[str, object]:
        """The values that a filter compares, by column."""
        told = self.told
        return {
            "run": self.folder.name,
            "state": told.status,
            "cells": told.n_units,
            "done": told.n_done,
            "failed": 0,
            "progress": 100 * told.n_done / max(told.n_units, 1),
            "started": moment(told.started),
            "took": told.elapsed_s,
            "model": (),
            "dataset": (),
            "tag": (),
            "note": "",
            "archived": "",
        }

    @property
    def texts(self) -> tuple[str, ...]:
        """The cells of its row in the list."""
        told = self.told
        units = f"{told.n_done}/{told.n_units}" if told.n_units else ""
        state = f"{SYMBOLS[told.status]} {told.status}"
        times = moment(told.started), span(told.elapsed_s)
        return self.folder.name, state, units, "", *times, "", ""

    @property
    def record(self) -> dict[str, object]:
        """The same as a JSON object."""
        told = self.told
        started = datetime.fromtimestamp(told.started, UTC).isoformat(timespec="seconds")
        return {
            "run": self.folder.name,
            "kind": self.folder.name.partition("-")[0],
            "state": told.status,
            "n_cells": told.n_units,
            "n_done": told.n_done,
            "n_failed": 0,
            "started": started if told.started else None,
            "elapsed_s": round(told.elapsed_s, 3),
            "device": None,
            "exit_code": told.exit_code,
            "damage": None,
            "tags": [],
            "note": "",
            "archived": False,
            "folder": str(self.folder.path),
        }
