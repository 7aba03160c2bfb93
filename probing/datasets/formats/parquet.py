"""Parquet, Arrow IPC and Feather, read by Polars; Hugging Face's names of classes count."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from probing.datasets.formats import class_names, signatures
from probing.datasets.formats.source import Source
from probing.datasets.formats.table import Table
from probing.errors import DatasetError

if TYPE_CHECKING:
    import polars as pl

MOST_ROWS = 50_000_000
_METADATA = b'{"info": {"features": '
_METADATA_WITHIN = 2**22


def read_parquet(source: Source) -> Table:
    """The table of a Parquet file; rows are counted from 1."""
    import polars as pl  # about 0.2 s, only these formats need it

    def frame() -> pl.DataFrame:
        n_rows = pl.scan_parquet(io.BytesIO(source.data)).select(pl.len()).collect().item()
        if n_rows > MOST_ROWS:
            what = f"{n_rows:,} rows, but at most {MOST_ROWS:,} are read"
            raise DatasetError(what, where=str(source.path), hint="keep the rows that you need")
        return pl.read_parquet(source.data)

    return _table(source, "Parquet", frame)


def read_arrow(source: Source) -> Table:
    """The table of an Arrow IPC file or stream, or of a Feather file (version 2)."""
    import polars as pl

    def frame() -> pl.DataFrame:
        if source.data.startswith(signatures.ARROW_FILE):
            return pl.read_ipc(source.data)
        return pl.read_ipc_stream(source.data)

    return _table(source, "Arrow", frame)


def _table(source: Source, kind: str, read: Callable[[], pl.DataFrame]) -> Table:
    import polars as pl

    try:
        frame = read()
        columns = {name: _plain(frame[name].to_list()) for name in frame.columns}
    # Damage inside a page makes Polars panic, which is no Exception.
    except (
        pl.exceptions.PolarsError,
        pl.exceptions.PanicException,
        OSError,
        ValueError,
        OverflowError,
        TypeError,
    ) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        hint = "write the file again, or convert it to JSONL"
        what = f"not a readable {kind} file: {reason}"
        raise DatasetError(what, where=str(source.path), hint=hint) from None
    table = Table(str(source.path), columns, range(1, frame.height + 1), unit="row")
    return class_names.named(table, class_names.of_features(_features(source.data)))


def _features(data: bytes) -> Mapping[str, Any]:
    """The features that the `datasets` library writes into a file's schema as JSON."""
    for part in (data[:_METADATA_WITHIN], data[-_METADATA_WITHIN:]):
        at = part.find(_METADATA)
        if at >= 0:
            try:
                text = part[at:].decode("utf-8", errors="replace")
                document, _ = json.JSONDecoder().raw_decode(text)
            except (ValueError, RecursionError):
                return {}
            features = document["info"]["features"]
            return features if isinstance(features, Mapping) else {}
    return {}


def _plain(values: list[Any]) -> list[Any]:
    return [float(value) if isinstance(value, Decimal) else value for value in values]
