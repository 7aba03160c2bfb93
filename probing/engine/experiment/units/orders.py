"""An order: units of one kind that are to be done, as a file that workers read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from probing.activations.manifest import read_manifest, write_manifest
from probing.logs import RunFolder

Kind = Literal["texts", "entries", "continuations", "fits", "transfers", "probes"]


@dataclass(frozen=True)
class Order:
    """Units of the pass `pass_at` of a plan, each by what it is to do.

    Of `texts` each is the range of places of the texts that are run, with the batches of an earlier
    attempt if there are any; of `continuations` that range alone; of `entries` the cells whose
    features go from the units of the texts into the activation cache; of all others the numbers of
    its blocks, which are to be fitted (`fits`, `transfers`) or to be saved (`probes`), and the node
    `near` to which their features are, where one is known. `shared` is what all need: the poolers
    of a pass, or how many tokens are generated. `attempt` is that of the run, and `n_events` are in
    its log, which a worker must have read.
    """

    kind: Kind
    pass_at: int
    attempt: int
    units: tuple[Mapping[str, Any], ...]
    shared: Mapping[str, Any]
    n_events: int = 0

    @cached_property
    def name(self) -> str:
        """The kind, the pass, and a digest of what is to be done in which attempts do not count."""
        units, shared = [_lasting(one) for one in self.units], _lasting(self.shared)
        text = json.dumps([units, shared], sort_keys=True)
        digest = hashlib.sha256(text.encode()).hexdigest()[:12]
        return f"{self.kind}-{self.pass_at}-{digest}"

    def folder(self, run: RunFolder) -> Path:
        """Where its units are committed."""
        return run.work / self.name

    def file(self, run: RunFolder) -> Path:
        """Where it is written."""
        return self.folder(run).with_suffix(".json")

    def unit_name(self, at: int) -> str:
        """What a unit is called in the log."""
        return f"{self.name}/{at}"

    def write(self, run: RunFolder) -> Path:
        """Write it for the workers; returns its file, which only whole orders have."""
        folder = self.folder(run)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        record = {name: getattr(self, name) for name in _FIELDS}
        path = self.file(run)
        write_manifest(path, record)
        return path


def read_order(path: Path) -> Order | None:
    """The order of a file; None where it is not whole."""
    record = read_manifest(path)
    if record is None or not set(_FIELDS) <= record.keys():
        return None
    return Order(**{**{name: record[name] for name in _FIELDS}, "units": tuple(record["units"])})


def open_orders(run: RunFolder) -> Sequence[Path]:
    """The files of the orders of a run, the first one first."""
    try:
        return sorted(run.work.glob("*.json"), key=lambda path: path.stat().st_mtime)
    except OSError:
        return []


def _lasting(told: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is told but for what another attempt may say otherwise of the same work."""
    return {key: value for key, value in told.items() if key not in _PASSING}


_PASSING = ("batches", "kept", "near")
_FIELDS = ("kind", "pass_at", "attempt", "units", "shared", "n_events")
