"""Parquet, read by Polars."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from probing.datasets.formats.decoding import read_bytes
from probing.datasets.formats.table import Table
from probing.errors import DatasetError


def read(path: Path) -> Table:
    """The table of a Parquet file; rows are counted from 1."""
    data = read_bytes(path)
    import polars as pl  # about 0.2 s, only Parquet needs it

    try:
        frame = pl.read_parquet(data)
    # Damage inside a page makes Polars panic, which is no Exception.
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        hint = "write the file again, or convert it to JSONL"
        what = f"not a readable Parquet file: {reason}"
        raise DatasetError(what, where=str(path), hint=hint) from None
    columns = {name: _plain(frame[name].to_list()) for name in frame.columns}
    return Table(str(path), columns, range(1, frame.height + 1), unit="row")


def _plain(values: list[Any]) -> list[Any]:
    return [float(value) if isinstance(value, Decimal) else value for value in values]
