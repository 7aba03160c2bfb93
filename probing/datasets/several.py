"""Several datasets of one entry: one that is broken hides none of the others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from probing.datasets.facts import DatasetFacts, facts_of
from probing.datasets.loading import load
from probing.errors import DatasetError
from probing.spec import DatasetSpec


def facts_of_each(
    spec: DatasetSpec, paths: Iterable[Path], seed: int = 0, n_folds: int = 1
) -> tuple[list[DatasetFacts], list[DatasetError]]:
    """The facts of the datasets at `paths` that can be read, and the errors of the others."""
    found, errors = [], []
    for path in paths:
        try:
            found.append(facts_of(load(spec, path, seed, n_folds)))
        except DatasetError as error:
            errors.append(error)
    return found, errors


def refuse(errors: Sequence[DatasetError], n_datasets: int) -> None:
    """Raise the one error, or one `DatasetError` that lists them all; nothing where none is."""
    if len(errors) == 1:
        raise errors[0]
    if errors:
        listed = "; ".join(map(str, errors))
        what = f"{len(errors)} of {n_datasets} datasets cannot be read: {listed}"
        raise DatasetError(what)
