"""A folder of line files: `text.txt` and `label.txt`, or `train_text.txt`, `train_label.txt` …"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from probing.datasets.formats.decoding import lines
from probing.datasets.formats.source import read_text
from probing.datasets.formats.table import Table, joined
from probing.errors import DatasetError

_PARTS = {
    "text": "text",
    "texts": "text",
    "sentence": "text",
    "sentences": "text",
    "label": "label",
    "labels": "label",
    "target": "label",
    "targets": "label",
    "group": "group",
    "groups": "group",
    "split": "split",
    "splits": "split",
}
_NAME = re.compile(rf"(?:(?P<split>[a-z]+)[_.-])?(?P<part>{'|'.join(_PARTS)})(?:\.txt)?")


def is_folder(path: Path) -> bool:
    """Whether the folder holds a file of texts and its file of labels."""
    return path.is_dir() and any("text" in p and "label" in p for p in _files(path).values())


def read(path: Path) -> Table:
    """The table of the folder: line k of every file belongs to text k.

    A prefix of the file names (`train_text.txt`) is the split; `mapping.txt` names the classes.
    """
    whole = {split: parts for split, parts in _files(path).items() if _is_whole(parts)}
    tables = [_table(path, split, parts) for split, parts in whole.items()]
    names = set.intersection(*(set(table.columns) for table in tables))
    kept = [replace(t, columns={name: t.columns[name] for name in sorted(names)}) for t in tables]
    return kept[0] if list(whole) == [""] else joined(str(path), kept, "split", list(whole))


def _is_whole(parts: dict[str, Path]) -> bool:
    return "text" in parts and "label" in parts


def _files(path: Path) -> dict[str, dict[str, Path]]:
    found: dict[str, dict[str, Path]] = {}
    for file in sorted(path.iterdir()):
        match = _NAME.fullmatch(file.name)
        if match and file.is_file():
            found.setdefault(match["split"] or "", {})[_PARTS[match["part"]]] = file
    return found


def _table(path: Path, split: str, parts: dict[str, Path]) -> Table:
    columns = {name: lines(read_text(file)) for name, file in parts.items()}
    n_texts = len(columns["text"])
    for name, values in columns.items():
        if len(values) != n_texts:
            what = f"{parts[name].name} has {len(values)} lines, {parts['text'].name} has {n_texts}"
            raise DatasetError(
                what, where=str(path), hint="line k of each file must belong to text k"
            )
    source = f"{path}, {split}" if split else str(path)
    return Table(source, columns, range(1, n_texts + 1), typed=False)
