"""Folders that `save_to_disk` of the `datasets` library writes: one dataset, or its splits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from probing.datasets.formats import class_names, parquet
from probing.datasets.formats.source import open_source
from probing.datasets.formats.split_names import make_a_split, part_of
from probing.datasets.formats.table import Table, joined
from probing.errors import DatasetError

_STATE, _DICT = "state.json", "dataset_dict.json"


def is_folder(path: Path) -> bool:
    """Whether `save_to_disk` wrote the folder."""
    if (path / _DICT).is_file():
        return True
    return (path / _STATE).is_file() and bool({*path.glob("*.arrow")} or _is_described(path))


def read(path: Path) -> Table:
    """The table of the folder; of a `DatasetDict`, all splits that are training or test parts.

    Raises `DatasetError` for a shard that is missing, and for rows that were only picked.
    """
    if not (path / _DICT).is_file():
        return _one(path)
    names = _names(path / _DICT, "splits")
    if make_a_split(names):
        names = [name for name in names if part_of(name)]
    tables = [_one(path / name) for name in names]
    return tables[0] if len(tables) == 1 else joined(str(path), tables, "split", names)


def _one(path: Path) -> Table:
    names = _names(path / _STATE, "_data_files")
    if _document(path / _STATE).get("_indices_data_files"):
        hint = "save it again after dataset.flatten_indices()"
        raise DatasetError("the rows were picked but not written", where=str(path), hint=hint)
    tables = [parquet.read_arrow(open_source(path / name)) for name in names]
    table = tables[0] if len(tables) == 1 else joined(str(path), tables, "", ())
    return class_names.named(table, class_names.of_description(path))


def _is_described(path: Path) -> bool:
    return (path / class_names.DESCRIPTION).is_file()


def _names(path: Path, key: str) -> list[str]:
    listed = _document(path).get(key)
    entries = listed if isinstance(listed, list) else []
    names = [entry.get("filename") if isinstance(entry, dict) else entry for entry in entries]
    plain = [name for name in names if isinstance(name, str) and Path(name).name == name]
    if not plain or len(plain) < len(names):
        hint = "save the dataset again with save_to_disk"
        raise DatasetError(f"{key} lists no files of this folder", where=str(path), hint=hint)
    return plain


def _document(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(open_source(path).data)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        hint = "save the dataset again with save_to_disk"
        raise DatasetError("not a JSON object", where=str(path), hint=hint)
    return document
