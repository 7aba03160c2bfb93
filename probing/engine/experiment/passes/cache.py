"""The entries of the activation cache that belong to one pass."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from probing.activations import ActivationCache
from probing.engine.experiment.passes.record import PassRecord
from probing.engine.experiment.units.joined_parts import JoinedRows, JoinedTokens
from probing.engine.extraction import StagedRows, StagedTokens, Staging
from probing.engine.token_rows import TokenRows
from probing.plan import PassKeys
from probing.spec import PoolerSpec

Features = NDArray[np.float32]
Written = StagedRows | StagedTokens | JoinedRows | JoinedTokens


class PassShelf:
    """Reads and writes the record and the pooled cells of a pass; empty without `keys`.

    The features of a cell are float32 `[n_texts, n_samples, d]`: pages of a file, which are read
    when they are touched.
    """

    def __init__(self, cache: ActivationCache, keys: PassKeys | None) -> None:
        self._cache, self._keys = cache, keys
        self.fallbacks: dict[PoolerSpec, int] = {}  # of the cells that were read or written

    def holds(self, cell: PoolerSpec) -> bool:
        """Whether the features of `cell` are there, as far as can be told without reading."""
        return self._keys is not None and self._cache.holds(self._keys.cell(cell))

    def read(self, cell: PoolerSpec) -> Features | None:
        """The features of `cell`; None where they are not there or damaged."""
        entry = None if self._keys is None else self._cache.read(self._keys.cell(cell))
        if entry is None:
            return None
        self.fallbacks[cell] = int(entry.facts.get("fallbacks", 0))
        return entry.arrays["features"]

    def staging(self, spare: Path) -> Staging:
        """A sink beside the cache, or in the folder `spare` where that takes nothing."""
        return Staging([self._cache.root, spare] if self.is_open else [spare])

    def read_tokens(self, cell: PoolerSpec) -> TokenRows | None:
        """The tokens of each text of `cell`; None where they are not there or damaged."""
        entry = None if self._keys is None else self._cache.read(self._keys.cell(cell))
        if entry is None:
            return None
        return TokenRows.one_after_another(entry.arrays["features"], entry.arrays["lengths"])

    @property
    def is_open(self) -> bool:
        """Whether the cache takes features."""
        return self._keys is not None and self._cache.is_open

    @property
    def kept(self) -> Collection[str]:
        """The names of the entries that the cache does not evict."""
        return self._cache.used

    def look_again(self) -> None:
        """Others have written into the cache."""
        self._cache.look_again()

    def write(self, cell: PoolerSpec, features: Written, **facts: Any) -> bool:
        """Store the features of `cell`; whether they can be read back."""
        self.fallbacks[cell] = int(facts.get("fallbacks", 0))
        if self._keys is None:
            return False
        arrays: dict[str, Any] = {"features": features}
        if isinstance(features, (StagedTokens, JoinedTokens)):
            arrays["lengths"] = features.lengths
        return self._cache.write(self._keys.cell(cell), arrays, facts)

    def read_record(self) -> PassRecord | None:
        """The record of the pass, if it was made before."""
        entry = None if self._keys is None else self._cache.read(self._keys.record)
        return None if entry is None else PassRecord.from_entry(entry)

    def write_record(self, record: PassRecord) -> None:
        """Store the record of the pass."""
        if self._keys is not None:
            entry = record.to_entry()
            self._cache.write(self._keys.record, entry.arrays, entry.facts)
