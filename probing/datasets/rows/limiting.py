"""Apply `limit` to a dataset, keeping enough of every class for the folds."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from probing.datasets.dataset import TextDataset
from probing.datasets.packed.texts import taken
from probing.datasets.rows.pairs import renumbered
from probing.datasets.rows.sampling import combined, quantile_bins, sample_rows
from probing.errors import DatasetError


def limited(
    dataset: TextDataset, limit: int, seed: int, n_folds: int, may_lose: Collection[str] = ()
) -> TextDataset:
    """At most `limit` rows: whole groups, classes in their shares, each in `n_folds` groups.

    Raises `DatasetError` where that would lose a class that it may not.
    """
    if len(dataset) <= limit:
        return dataset
    strata = _strata(dataset)
    classes = strata if dataset.task == "regression" else dataset.targets.astype(np.int64)
    if dataset.splits is not None:
        parts = np.unique(dataset.splits, return_inverse=True)[1].astype(np.int64)
        strata = combined(strata, parts)
    rows = sample_rows(strata, classes, dataset.groups, limit, seed, n_folds)
    values = np.unique(dataset.targets[rows])
    n_values, lost = len(values), set(dataset.classes)
    lost -= {*may_lose, *(dataset.classes[at] for at in values if dataset.classes)}
    if n_values < 2 or lost:
        left = (
            f"{n_values} of {dataset.n_classes} classes" if dataset.classes else "one target value"
        )
        hint = "raise limit (groups are kept whole)"
        raise DatasetError(
            f"limit = {limit} leaves only {left}", where=str(dataset.path), hint=hint
        )
    return picked(dataset, rows)


def _strata(dataset: TextDataset) -> NDArray[np.int64]:
    if dataset.task == "regression":
        return quantile_bins(dataset.targets.astype(np.float64))
    return dataset.targets.astype(np.int64)


def picked(dataset: TextDataset, rows: NDArray[np.int64]) -> TextDataset:
    """The dataset of the rows at these sorted indices."""
    kept = rows.tolist()
    splits, spans = dataset.splits, dataset.spans
    return dataclasses.replace(
        dataset,
        texts=taken(dataset.texts, kept),
        labels=tuple(dataset.labels[at] for at in kept),
        targets=dataset.targets[rows],
        groups=np.unique(dataset.groups[rows], return_inverse=True)[1].astype(np.int64),
        splits=None if splits is None else tuple(splits[at] for at in kept),
        chats=None if dataset.chats is None else dataset.chats.of(kept),
        spans=None if spans is None else spans[rows],
        bare=taken(dataset.bare, kept) if dataset.bare else (),
        partners=renumbered(dataset.partners, rows),
        halves=None if dataset.halves is None else dataset.halves[rows],
        group_names=tuple(dataset.group_names[at] for at in kept) if dataset.group_names else (),
        others={name: taken(values, kept) for name, values in dataset.others.items()},
    )
