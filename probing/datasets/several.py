"""Several datasets of one entry: one that is broken hides none of the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from probing.datasets.dataset import TextDataset
from probing.datasets.facts import DatasetFacts, facts_of
from probing.datasets.loading import load
from probing.datasets.parts import parts_of
from probing.errors import DatasetError
from probing.spec import DatasetPart, DatasetSpec

Read = Callable[[DatasetSpec, Path, int, int], TextDataset]


@dataclass(frozen=True)
class Found:
    """The datasets of an entry, each as it is to be read, with its facts.

    `errors` are those of datasets that cannot be read; `notes` say which values of `subset` make
    no dataset beside others that do.
    """

    datasets: list[tuple[DatasetSpec, DatasetFacts]] = field(default_factory=list)
    errors: list[DatasetError] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def facts_of_each(
    spec: DatasetSpec,
    paths: Iterable[Path],
    seed: int = 0,
    n_folds: int = 1,
    read: Read = load,
) -> Found:
    """The datasets that an entry stands for at `paths`, each as `read` reads it."""
    found = Found()
    for path in paths:
        try:
            parts = parts_of(spec, path)
        except DatasetError as error:
            found.errors.append(error)
            continue
        _add(found, parts, partial(_facts, read, path, seed, n_folds))
    return found


def _facts(read: Read, path: Path, seed: int, n_folds: int, part: DatasetSpec) -> DatasetFacts:
    return facts_of(read(part, path, seed, n_folds))


def _add(
    found: Found, parts: Sequence[DatasetSpec], facts: Callable[[DatasetSpec], DatasetFacts]
) -> None:
    sound, broken = [], []
    for part in parts:
        try:
            sound.append((part, facts(part)))
        except DatasetError as error:
            broken.append((part, error))
    found.datasets.extend(sound)
    if parts[0].subset is None:
        found.errors.extend(error for _, error in broken)
    elif sound:
        found.notes.extend(left_out(part, error) for part, error in broken)
    elif broken:
        found.errors.append(_none(*broken[0]))


def _none(part: DatasetSpec, error: DatasetError) -> DatasetError:
    assert isinstance(part, DatasetPart)
    what = f"no value of {part.subset!r} makes a dataset; of {part.value!r}: {error.what}"
    return DatasetError(what, where=part.path, hint=error.hint)


def left_out(part: DatasetSpec, error: DatasetError) -> str:
    """That a value of `subset` makes no dataset, and why."""
    assert isinstance(part, DatasetPart)
    return f"{part.subset} = {part.value!r} is left out: {error.what}"


def refuse(errors: Sequence[DatasetError], n_datasets: int) -> None:
    """Raise the one error, or one `DatasetError` that lists them all; nothing where none is."""
    if len(errors) == 1:
        raise errors[0]
    if errors:
        listed = "; ".join(map(str, errors))
        what = f"{len(errors)} of {n_datasets} datasets cannot be read: {listed}"
        raise DatasetError(what)
