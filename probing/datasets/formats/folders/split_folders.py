"""A folder with a folder per part: `train/pos` and `test/neg`, or `train/0000.parquet`."""

from __future__ import annotations

from pathlib import Path

from probing.datasets.formats.endings import ending
from probing.datasets.formats.file_choice import is_file_of_rows, read_file
from probing.datasets.formats.folders import class_folders
from probing.datasets.formats.source import USUAL, Layout
from probing.datasets.formats.split_names import make_a_split, part_of
from probing.datasets.formats.table import Table, joined


def is_folder(path: Path) -> bool:
    """Whether the folder has folders for training and for another part, each with rows in it."""
    parts = _parts(path)
    return make_a_split(parts) and all(map(_has_rows, parts.values()))


def read(path: Path, layout: Layout = USUAL) -> Table:
    """The table of all parts, with the name of its folder as the split of each row."""
    parts = _parts(path)
    tables = [_one(folder, layout) for folder in parts.values()]
    return joined(str(path), tables, "split", list(parts))


def _parts(path: Path) -> dict[str, Path]:
    folders = [folder for folder in sorted(path.iterdir()) if folder.is_dir()]
    return {folder.name: folder for folder in folders if part_of(folder.name)}


def _has_rows(folder: Path) -> bool:
    return class_folders.is_folder(folder) or bool(_files(folder))


def _files(folder: Path) -> list[Path]:
    files = [file for file in sorted(folder.iterdir()) if is_file_of_rows(file)]
    return files if len({ending(file) for file in files}) == 1 else []


def _one(folder: Path, layout: Layout) -> Table:
    if class_folders.is_folder(folder):
        return class_folders.read(folder)
    return joined(str(folder), [read_file(file, layout) for file in _files(folder)], "", ())
