"""Dataset facts for a picker: for a broken file they hold its error, which is not raised."""

from __future__ import annotations

from pathlib import Path

from probing.datasets.facts import DatasetFacts, facts_of
from probing.datasets.loading import load
from probing.datasets.names import dataset_name
from probing.datasets.parts import parts_of
from probing.datasets.stamps import Stamp, stamp
from probing.errors import DatasetError
from probing.spec import DatasetSpec

_MOST_KEPT = 256

_kept: dict[tuple[DatasetSpec, Path, Stamp], DatasetFacts] = {}


def peek(spec: DatasetSpec, path: Path) -> DatasetFacts:
    """The facts of the dataset at `path`, kept in memory until the file changes."""
    key = (spec, path, stamp(path))
    if key not in _kept:
        while len(_kept) >= _MOST_KEPT:
            _kept.pop(next(iter(_kept)), None)
        _kept[key] = _facts(spec, path)
    return _kept[key]


def peek_each(spec: DatasetSpec, path: Path) -> list[tuple[DatasetSpec, DatasetFacts]]:
    """The datasets that an entry stands for at `path`, each as it is to be read.

    Of the values of a `subset` those that make no dataset are left out, unless none does. Raises
    `DatasetError` for a column of it that is missing.
    """
    found = [(part, peek(part, path)) for part in parts_of(spec, path)]
    sound = [(part, facts) for part, facts in found if not facts.error]
    return sound if spec.subset is not None and sound else found


def _facts(spec: DatasetSpec, path: Path) -> DatasetFacts:
    try:
        return facts_of(load(spec, path))
    except DatasetError as error:
        name = dataset_name(spec.name, None, path)
        return DatasetFacts(name=name, path=str(path), error=str(error))
