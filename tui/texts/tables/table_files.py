"""Tables in files: CSV, JSON, Parquet, Markdown, LaTeX; each whole or not at all."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from probing.errors import SpecError
from tui.texts.tables.csv_cells import without_formulas
from tui.texts.tables.markup_tables import MARKUP
from tui.texts.tables.text_table import TextTable

if TYPE_CHECKING:
    import polars as pl

ROWS = 5000


def frame_bytes(frame: pl.DataFrame, kind: str) -> bytes:
    """Rows as `csv`, `json` or `parquet`."""
    if kind == "csv":
        return b"".join(csv_parts(frame))
    if kind == "json":
        return json.dumps(frame.to_dicts(), ensure_ascii=False, indent=1).encode() + b"\n"
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()


def csv_parts(frame: pl.DataFrame, *, with_header: bool = True) -> Iterator[bytes]:
    """CSV a part at a time: as text, results take four times the memory. It holds no lists."""
    import polars as pl

    lists = [name for name, kind in frame.schema.items() if isinstance(kind, pl.List)]
    frame = frame.with_columns(pl.col(lists).cast(pl.List(pl.String)).list.join(" "))
    for at in range(0, max(frame.height, 1), ROWS):
        part = without_formulas(frame.slice(at, ROWS))
        yield part.write_csv(include_header=with_header and at == 0).encode()


def write_frame(frame: pl.DataFrame, kind: str, path: Path) -> Path:
    """Write rows; raises `SpecError` where that cannot be."""
    return write_bytes(frame_bytes(frame, kind), path)


def write_markup(table: TextTable, kind: str, path: Path) -> Path:
    """Write a table as `markdown` or `latex`."""
    return write_text(MARKUP[kind](table), path)


def write_text(text: str, path: Path) -> Path:
    """Write a text."""
    return write_bytes(text.encode("utf-8", "surrogateescape"), path)


def write_bytes(data: bytes, path: Path) -> Path:
    """Write a file whole or not at all; raises `SpecError` where that cannot be."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    try:
        draft.write_bytes(data)
        draft.replace(path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise SpecError(f"cannot be written ({reason})", where=str(path)) from None
    finally:
        draft.unlink(missing_ok=True)
    return path
