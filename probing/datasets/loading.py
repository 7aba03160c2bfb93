"""Load a dataset: read its file as the spec says and check every row."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from probing.datasets import names
from probing.datasets.columns import Columns, choose
from probing.datasets.dataset import TextDataset
from probing.datasets.formats import reader_choice
from probing.datasets.formats.json_document import from_document
from probing.datasets.formats.table import Table
from probing.datasets.rows import minimal_pairs
from probing.datasets.rows.given_splits import read_splits
from probing.datasets.rows.groups import group_numbers
from probing.datasets.rows.sampling import combined, quantile_bins, sample_rows
from probing.datasets.targets.reading import read_targets
from probing.errors import DatasetError
from probing.spec import DatasetSpec


def load(spec: DatasetSpec, path: Path, seed: int = 0) -> TextDataset:
    """Read the dataset at `path` as its spec entry says; `seed` draws the rows of `limit`.

    Raises `DatasetError` that names the file and the row and says what to do next.
    """
    return _checked(spec, reader_choice.read(path), path, seed)


def from_mapping(
    document: Mapping[str, Any], spec: DatasetSpec | None = None, seed: int = 0
) -> TextDataset:
    """Read a dict: sentences and labels by id, or `{"texts": [...], "labels": [...]}`.

    Raises `DatasetError` as `load` does.
    """
    table = from_document(document, "dict")
    return _checked(spec or DatasetSpec(path="dict"), table, Path("dict"), seed)


def _checked(spec: DatasetSpec, table: Table, path: Path, seed: int) -> TextDataset:
    if minimal_pairs.is_pairs(table) and spec.text is None and spec.target is None:
        table = minimal_pairs.expand(table)
    _enough(table)
    columns = choose(table, spec)
    dataset = _assembled(spec, table, columns, path)
    if spec.limit is None or len(dataset) <= spec.limit:
        return dataset
    return _limited(dataset, spec.limit, seed)


def _enough(table: Table) -> None:
    if len(table) < 2:
        what = "no rows" if len(table) == 0 else "only one row"
        raise DatasetError(what, where=table.source, hint="a dataset needs at least two")


def _assembled(spec: DatasetSpec, table: Table, columns: Columns, path: Path) -> TextDataset:
    texts = _texts(table, columns.text)
    given = None if columns.group is None else table.columns[columns.group]
    targets = read_targets(table, columns.target, spec)
    template = spec.template or "{text}"
    return TextDataset(
        name=names.dataset_name(spec.name, table.name, path),
        path=path,
        task=targets.task,
        texts=tuple(template.replace("{text}", text) for text in texts),
        targets=targets.values,
        classes=targets.classes,
        groups=group_numbers(texts, given),
        splits=read_splits(table, columns),
        labels=targets.labels,
    )


def _texts(table: Table, column: str) -> list[str]:
    for at, text in enumerate(table.columns[column]):
        if text is None or (isinstance(text, str) and not text.strip()):
            raise table.error(at, "no text", "add one, or remove the row")
        if not isinstance(text, str):
            what = f"the text is of type {type(text).__name__}"
            raise table.error(at, what, 'name the text column with text = "..."')
        if "\0" in text:
            raise table.error(at, "the text contains a NUL character", "remove it")
        if not _is_encodable(text):
            raise table.error(at, "the text contains an unpaired surrogate", "remove it")
    return list(table.columns[column])


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _limited(dataset: TextDataset, limit: int, seed: int) -> TextDataset:
    strata = _strata(dataset)
    classes = strata if dataset.task == "regression" else dataset.targets.astype(np.int64)
    if dataset.splits is not None:
        parts = np.unique(dataset.splits, return_inverse=True)[1].astype(np.int64)
        strata = combined(strata, parts)
    rows = sample_rows(strata, classes, dataset.groups, limit, seed)
    n_values = len(np.unique(dataset.targets[rows]))
    if n_values < max(2, dataset.n_classes):
        left = (
            f"{n_values} of {dataset.n_classes} classes" if dataset.classes else "one target value"
        )
        hint = "raise limit (groups are kept whole)"
        raise DatasetError(
            f"limit = {limit} leaves only {left}", where=str(dataset.path), hint=hint
        )
    return _picked(dataset, rows)


def _strata(dataset: TextDataset) -> NDArray[np.int64]:
    if dataset.task == "regression":
        return quantile_bins(dataset.targets.astype(np.float64))
    return dataset.targets.astype(np.int64)


def _picked(dataset: TextDataset, rows: NDArray[np.int64]) -> TextDataset:
    kept = rows.tolist()
    splits = dataset.splits
    return dataclasses.replace(
        dataset,
        texts=tuple(dataset.texts[at] for at in kept),
        labels=tuple(dataset.labels[at] for at in kept),
        targets=dataset.targets[rows],
        groups=np.unique(dataset.groups[rows], return_inverse=True)[1].astype(np.int64),
        splits=None if splits is None else tuple(splits[at] for at in kept),
    )
