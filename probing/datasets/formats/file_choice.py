"""Choose the reader of a file: by its first bytes, its ending or its first line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from probing.datasets.formats import conll_columns, conllu, parquet, signatures, workbook
from probing.datasets.formats.endings import ending
from probing.datasets.formats.fields import delimited, senteval
from probing.datasets.formats.json_rows import json_document
from probing.datasets.formats.source import USUAL, Layout, Source, open_source
from probing.datasets.formats.table import Table
from probing.errors import DatasetError

Reader = Callable[[Source], Table]

READERS: dict[str, Reader] = {
    ".jsonl": json_document.read_lines,
    ".ndjson": json_document.read_lines,
    ".json": json_document.read,
    ".csv": delimited.read_csv,
    ".tsv": delimited.read_tsv,
    ".tab": delimited.read_tsv,
    ".psv": delimited.read_csv,
    ".parquet": parquet.read_parquet,
    ".arrow": parquet.read_arrow,
    ".feather": parquet.read_arrow,
    ".ipc": parquet.read_arrow,
    ".xlsx": workbook.read,
    ".ods": workbook.read,
    ".conllu": conllu.read,
    ".conll": conll_columns.read,
    ".bio": conll_columns.read,
    ".iob": conll_columns.read,
    ".iob2": conll_columns.read,
}
_BY_START: dict[bytes, Reader] = {
    signatures.PARQUET: parquet.read_parquet,
    signatures.ARROW_FILE: parquet.read_arrow,
    signatures.ARROW_STREAM: parquet.read_arrow,
    signatures.ZIP: workbook.read,
}
_LONGEST_LINE = 65536


def read_file(path: Path, layout: Layout = USUAL) -> Table:
    """The table of one file; raises `DatasetError` for an unknown format."""
    source = open_source(path, layout)
    return _reader(source)(source)


def is_file_of_rows(path: Path) -> bool:
    """Whether a file is a dataset, by its name or its content; a README is not.

    A broken file with the extension of a dataset counts: reading it says what is wrong.
    """
    if path.name.startswith(".") or not path.is_file():
        return False
    if ending(path) == ".json":
        return _may_be_document(path)
    return ending(path) in READERS or _starts_like_senteval(path)


def _reader(source: Source) -> Reader:
    by_start = next(
        (read for start, read in _BY_START.items() if source.data.startswith(start)), None
    )
    if by_start is not None:
        return by_start
    known = READERS.get(ending(source.path))
    if known in (None, delimited.read_tsv) and _is_senteval(source.data[:_LONGEST_LINE]):
        return senteval.read
    return _sniffed(source) if known is None else known


def _sniffed(source: Source) -> Reader:
    text = source.text().lstrip()
    if conll_columns.starts_like(text):
        return conll_columns.read
    if text.startswith(("{", "[{", "[[")):
        return json_document.read
    if source.header is not None or "\t" in text.partition("\n")[0]:
        return delimited.read_tsv
    raise DatasetError(
        "unknown dataset format",
        where=str(source.path),
        hint=f"use {', '.join(READERS)}, the SentEval layout, "
        "or a folder with text.txt and label.txt",
    )


def _starts_like_senteval(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return _is_senteval(file.readline(_LONGEST_LINE))
    except OSError:
        return False


def _is_senteval(start: bytes) -> bool:
    first = start.partition(b"\n")[0]
    return senteval.is_senteval(first.decode("utf-8-sig", errors="replace"))


def _may_be_document(path: Path) -> bool:
    try:
        return json_document.is_layout(json.loads(open_source(path).data))
    except DatasetError:
        return True
    except (ValueError, RecursionError):
        return True
