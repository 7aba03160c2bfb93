"""Choose the reader of a dataset: of a file, or of a folder that is one dataset."""

from __future__ import annotations

from pathlib import Path

from probing.datasets.formats import class_names
from probing.datasets.formats.file_choice import READERS, is_file_of_rows, read_file
from probing.datasets.formats.folders import (
    class_folders,
    line_files,
    saved,
    split_files,
    split_folders,
)
from probing.datasets.formats.source import USUAL, Layout
from probing.datasets.formats.table import Table
from probing.errors import DatasetError

__all__ = ["READERS", "is_dataset", "is_of_class_files", "read"]

_TARGETS = ("label", "labels", "target", "class", "category", "y")


def read(path: Path, layout: Layout = USUAL) -> Table:
    """The table of a dataset file or folder; raises `DatasetError` for an unknown format."""
    try:
        if not path.is_dir():
            return read_file(path, layout)
        table = _read_folder(path, layout)
        names = class_names.of_mapping(path)
        return class_names.named(table, dict.fromkeys(_TARGETS, names)) if names else table
    except OSError as error:
        raise DatasetError(f"cannot be read ({error.strerror})", where=str(path)) from None


def is_dataset(path: Path) -> bool:
    """Whether a file or folder that matches a glob is a dataset; a README beside it is not."""
    if path.name.startswith(".") or not path.is_dir():
        return is_file_of_rows(path)
    return (
        line_files.is_folder(path)
        or saved.is_folder(path)
        or split_files.is_folder(path)
        or split_folders.is_folder(path)
        or class_folders.is_folder(path)
    )


def is_of_class_files(path: Path) -> bool:
    """Whether a folder may hold a file of texts per class: what only its name in a spec says."""
    return path.is_dir() and class_folders.is_of_files(path)


def _read_folder(path: Path, layout: Layout) -> Table:
    if line_files.is_folder(path):
        return line_files.read(path)
    if saved.is_folder(path):
        return saved.read(path)
    if split_files.is_folder(path):
        return split_files.read(path, layout)
    if split_folders.is_folder(path):
        return split_folders.read(path, layout)
    if class_folders.is_folder(path):
        return class_folders.read(path)
    if class_folders.is_of_files(path):
        return class_folders.read_files(path)
    raise DatasetError("no dataset files in this folder", where=str(path))
