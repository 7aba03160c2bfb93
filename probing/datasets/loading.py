"""From a file and its entry in the spec to a dataset that has been checked."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from probing.datasets.assembling import assembled
from probing.datasets.dataset import TextDataset
from probing.datasets.formats.json_rows.json_document import from_document
from probing.datasets.formats.table import Table
from probing.datasets.marks import character_spans, chats, edge_rows, word_rows
from probing.datasets.names import safe_name
from probing.datasets.outputs import outputs_of
from probing.datasets.parts import part_table
from probing.datasets.rows import minimal_pairs
from probing.datasets.rows.class_floor import classes_above, may_be_lost
from probing.datasets.rows.class_floor import told as told_of_classes
from probing.datasets.rows.limiting import limited
from probing.datasets.rows.near_groups import links_of, with_near
from probing.datasets.rows.where import rows_where
from probing.datasets.tables import read_table
from probing.errors import DatasetError
from probing.spec import DatasetPart, DatasetSpec, is_hub

S = TypeVar("S", bound=DatasetSpec)


def load(
    spec: DatasetSpec, path: Path, seed: int = 0, n_folds: int = 1, *, with_others: bool = False
) -> TextDataset:
    """Read the dataset at `path` as its spec entry says; `seed` draws the rows of `limit`.

    Where there is a limit, every class keeps rows for `n_folds` folds if the limit has room.
    `with_others` keeps the columns that have no role.

    Raises `DatasetError` that names the file and the row and says what to do next.
    """
    if not isinstance(spec, DatasetPart) and (spec.subset or isinstance(spec.target, tuple)):
        hint = "read each of probing.datasets.parts_of(entry, path)"
        raise DatasetError("an entry of several datasets", where=spec.path, hint=hint)
    if isinstance(spec, DatasetPart):
        return _part(spec, path, seed, n_folds, with_others)
    own = _read(spec)
    return _joined(own, _chosen(own, read_table(spec, path), path, seed, n_folds, with_others))


def _part(part: DatasetPart, path: Path, seed: int, n_folds: int, with_others: bool) -> TextDataset:
    read, own = partial(part_table, part, path), _read(part)
    if part.output is None:
        dataset = _joined(own, _chosen(own, read(), path, seed, n_folds, with_others))
    else:
        every = outputs_of(own, path, seed, n_folds, lambda: _prepared(own, read()))
        dataset = every.dataset(own, with_others)
    return dataclasses.replace(dataset, name=dataset.name + safe_name(part.suffix))


def _read(spec: S) -> S:
    """The entry once its table is read: the splits of the hub are a column then."""
    return dataclasses.replace(spec, split=None) if is_hub(spec.path) else spec


def from_mapping(
    document: Mapping[str, Any],
    spec: DatasetSpec | None = None,
    seed: int = 0,
    *,
    with_others: bool = False,
) -> TextDataset:
    """Read a dict: sentences and labels by id, or `{"texts": [...], "labels": [...]}`.

    `with_others` is that of `load`. Raises `DatasetError` as `load` does.
    """
    table = from_document(document, "dict")
    own = spec or DatasetSpec(path="dict")
    return _joined(own, _chosen(own, table, Path("dict"), seed, 1, with_others))


def _chosen(
    spec: DatasetSpec,
    table: Table,
    path: Path,
    seed: int,
    n_folds: int,
    with_others: bool,
) -> TextDataset:
    """The rows of a table that an entry asks for, checked."""
    table, notes = _prepared(spec, table), list[str]()
    dataset = assembled(spec, table, path, with_others)
    while spec.limit is not None:
        may_lose = may_be_lost(dataset, spec)
        drawn = limited(dataset, spec.limit, seed, n_folds, may_lose)
        kept = classes_above(drawn, dataset, spec)
        if kept is None:
            dataset = dataclasses.replace(drawn, notes=(*drawn.notes, *notes))
            break
        notes.append(told_of_classes(drawn, kept, spec))  # others are drawn in their place
        spec = dataclasses.replace(spec, classes=kept)
        dataset = assembled(spec, table, path, with_others)
    return dataset


def _prepared(spec: DatasetSpec, table: Table) -> Table:
    """The rows of a dataset, before its columns have roles."""
    if minimal_pairs.is_pairs(table) and spec.text is None and spec.target is None:
        table = minimal_pairs.expand(table)
    table = _in_parts(table, spec)
    if chats.is_messages(table, spec):
        table = chats.with_messages(table, spec)
    _enough(table)
    if spec.where is not None:
        table = table.rows(rows_where(table, spec.where))
    if spec.spans is not None:
        table = character_spans.marked(table, spec.spans)
    return table


def _in_parts(table: Table, spec: DatasetSpec) -> Table:
    """The table with a row for each part of a text that has a target, where it has such."""
    if spec.position is None and spec.level is None and edge_rows.is_edges(table):
        return edge_rows.expand(table)
    return word_rows.expand(table, spec) if word_rows.is_words(table, spec) else table


def _joined(spec: DatasetSpec, dataset: TextDataset) -> TextDataset:
    """`dataset` with its near-duplicates known, and joined where the file gives no groups."""
    if spec.near_duplicates == "ignore":
        return dataset
    found = links_of(dataset)
    groups = dataset.groups
    if dataset.has_given_groups:
        # groups that someone made may well part texts of one template
        return dataclasses.replace(dataset, near=found.near)
    links = found.every
    if spec.near_duplicates == "join" and len(links):
        classes = None if dataset.task == "regression" else dataset.targets.astype(np.int64)
        groups = with_near(groups, links, classes)
    return dataclasses.replace(dataset, groups=groups, near=links)


def _enough(table: Table) -> None:
    if len(table) < 2:
        what = "no rows" if len(table) == 0 else "only one row"
        raise DatasetError(what, where=table.source, hint="a dataset needs at least two")
