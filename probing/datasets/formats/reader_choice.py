"""Choose the reader of a dataset file, by its extension or its first line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from probing.datasets.formats import (
    delimited,
    json_document,
    json_lines,
    line_files,
    parquet,
    senteval,
)
from probing.datasets.formats.decoding import read_text
from probing.datasets.formats.table import Table
from probing.errors import DatasetError

READERS: dict[str, Callable[[Path], Table]] = {
    ".jsonl": json_lines.read,
    ".ndjson": json_lines.read,
    ".json": json_document.read,
    ".csv": delimited.read_csv,
    ".tsv": delimited.read_tsv,
    ".parquet": parquet.read,
}


def read(path: Path) -> Table:
    """The table of a dataset file or folder; raises `DatasetError` for an unknown format."""
    try:
        return line_files.read(path) if line_files.is_folder(path) else _reader(path)(path)
    except OSError as error:
        raise DatasetError(f"cannot be read ({error.strerror})", where=str(path)) from None


def is_dataset(path: Path) -> bool:
    """Whether a file that matches a glob is a dataset; a README beside it is not.

    A broken file with the extension of a dataset counts: reading it says what is wrong.
    """
    if path.name.startswith("."):
        return False
    if path.is_dir():
        return line_files.is_folder(path)
    if path.suffix.lower() == ".json":
        return _may_be_document(path)
    return path.suffix.lower() in READERS or _starts_like_senteval(path)


def _reader(path: Path) -> Callable[[Path], Table]:
    known = READERS.get(path.suffix.lower())
    if known in (None, delimited.read_tsv) and _starts_like_senteval(path):
        return senteval.read
    if known is None:
        return _sniffed(path)
    return known


def _sniffed(path: Path) -> Callable[[Path], Table]:
    if path.is_dir():
        raise DatasetError("no dataset files in this folder", where=str(path))
    text = read_text(path)
    if text.lstrip().startswith("{"):
        return json_document.read
    raise DatasetError(
        "unknown dataset format",
        where=str(path),
        hint=f"use {', '.join(READERS)}, the SentEval layout, "
        "or a folder with text.txt and label.txt",
    )


def _starts_like_senteval(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            first = file.readline(65536)
    except OSError:
        return False
    return senteval.is_senteval(first.decode("utf-8-sig", errors="replace"))


def _may_be_document(path: Path) -> bool:
    try:
        return json_document.is_layout(json.loads(path.read_bytes()))
    except (OSError, ValueError, RecursionError):
        return True
