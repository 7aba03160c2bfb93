"""Datasets that were read, kept for who asks next: a plan and its run read each file once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from probing.datasets.dataset import TextDataset
from probing.datasets.loading import load
from probing.datasets.stamps import stamp
from probing.spec import DatasetSpec

KEPT_TEXTS = 50_000  # of datasets that are asked for again; more are read again


class KeptDatasets:
    """Reads datasets; those kept give way to the next once they hold many texts."""

    def __init__(self) -> None:
        self._kept: dict[object, tuple[TextDataset, bool]] = {}

    def of(
        self,
        spec: DatasetSpec,
        path: Path,
        seed: int = 0,
        n_folds: int = 1,
        *,
        with_others: bool = False,
    ) -> TextDataset:
        """What `load` reads, read again where the file has changed meanwhile."""
        key = spec, path, stamp(path), seed, n_folds
        found = self._kept.pop(key, None)
        if sum(len(one) for one, _ in self._kept.values()) > KEPT_TEXTS:
            self._kept.clear()
        if found is None or (with_others and not found[1]):
            found = None  # it is not held beside what is read in its place
            found = self._load(spec, path, seed, n_folds, with_others), with_others
        self._kept[key] = found
        return found[0]

    def _load(
        self, spec: DatasetSpec, path: Path, seed: int, n_folds: int, with_others: bool
    ) -> TextDataset:
        return load(spec, path, seed, n_folds, with_others=with_others)

    def forget_others(self) -> None:
        """Forget the columns without a role, which an audit alone looks at."""
        for key, (one, has_others) in self._kept.items():
            self._kept[key] = replace(one, others={}) if has_others else one, False
