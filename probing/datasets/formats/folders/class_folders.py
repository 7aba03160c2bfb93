"""A folder with a folder of texts, or a file of texts, per class."""

from __future__ import annotations

import re
from pathlib import Path

from probing.datasets.formats.class_names import MAPPING
from probing.datasets.formats.decoding import lines
from probing.datasets.formats.endings import ending
from probing.datasets.formats.file_choice import is_file_of_rows
from probing.datasets.formats.source import read_text
from probing.datasets.formats.split_names import part_of
from probing.datasets.formats.table import Place, Table

_NO_CLASS = {"unsup", "unsupervised", "unlabeled", "unlabelled"}
_ABOUT = re.compile(
    r"(readme|licen[cs]e|source|notice|citation|changelog|authors|copying|notes)\b.*", re.I
)
_SUFFIX = re.compile(r"\.[A-Za-z]\w{0,4}")


def is_folder(path: Path) -> bool:
    """Whether all folders in it, two at least, hold text files alone, and it no other dataset."""
    folders = _folders(path)
    if len(folders) < 2 or any(part_of(folder.name) for folder in folders):
        return False
    return all(_texts(folder) for folder in folders) and not any(
        is_file_of_rows(file) for file in path.iterdir()
    )


def read(path: Path) -> Table:
    """The table of a folder of folders: each file is a text, its folder's name the class."""
    files = [(folder.name, file) for folder in _folders(path) for file in _texts(folder)]
    columns = {
        "text": [read_text(file).strip() for _, file in files],
        "label": [name for name, _ in files],
    }
    numbers = [f"{name}/{file.name}" for name, file in files]
    return Table(str(path), columns, numbers, unit="file", typed=True)


def is_of_files(path: Path) -> bool:
    """Whether two or more plain text files lie in it, and no other dataset."""
    files = _plain(path)
    return len(files) > 1 and not any(is_file_of_rows(file) for file in path.iterdir())


def read_files(path: Path) -> Table:
    """The table of a folder of files: each line is a text, the file's name the class."""
    files = _plain(path)
    rows = [
        (name, Place(str(file), number), line.strip())
        for name, file in zip(_class_names(files), files, strict=True)
        for number, line in enumerate(lines(read_text(file)), 1)
        if line.strip()
    ]
    columns = {"text": [text for _, _, text in rows], "label": [name for name, _, _ in rows]}
    return Table(str(path), columns, [place for _, place, _ in rows], typed=True)


def _folders(path: Path) -> list[Path]:
    return [
        folder
        for folder in sorted(path.iterdir())
        if folder.is_dir() and folder.name[0] not in "._" and folder.name.lower() not in _NO_CLASS
    ]


def _texts(folder: Path) -> list[Path]:
    """The text files of a folder; none where it holds anything else."""
    every = [file for file in sorted(folder.iterdir()) if not file.name.startswith(".")]
    return every if all(file.is_file() and _is_plain(file) for file in every) else []


def _plain(path: Path) -> list[Path]:
    files = [file for file in sorted(path.iterdir()) if file.is_file() and file.name[0] != "."]
    kept = [file for file in files if file.name != MAPPING and not _ABOUT.fullmatch(file.name)]
    return kept if len({_kind(file) for file in kept}) == 1 else []


def _is_plain(file: Path) -> bool:
    return ending(file) == ".txt" or not _SUFFIX.fullmatch(ending(file))


def _kind(file: Path) -> str:
    """What files of one kind share: their ending, or the name before endings such as `.pos`."""
    return ".txt" if _is_plain(file) else file.name.partition(".")[0]


def _class_names(files: list[Path]) -> list[str]:
    """The names without what all begin or end with, between dots."""
    names = [file.name.split(".") for file in files]
    while all(len(name) > 1 for name in names) and len({name[-1] for name in names}) == 1:
        names = [name[:-1] for name in names]
    while all(len(name) > 1 for name in names) and len({name[0] for name in names}) == 1:
        names = [name[1:] for name in names]
    return [".".join(name) for name in names]
