"""Which rows and columns of the results are printed, and in which order."""

from __future__ import annotations

import polars as pl

from probing.errors import SpecError, nearest


def chosen(frame: pl.DataFrame, sort: str, columns: str, limit: int | None) -> pl.DataFrame:
    """`frame` sorted, cut to its first `limit` rows, with these columns.

    `sort` and `columns` are names with commas between them; `-` before a name of `sort` puts the
    largest first. Empty values come last. Raises `SpecError` for a name that is no column.
    """
    keys = [key.strip() for key in sort.split(",") if key.strip()]
    if keys:
        names = [_known(key.removeprefix("-"), frame, "--sort") for key in keys]
        descending = [key.startswith("-") for key in keys]
        frame = frame.sort(names, descending=descending, nulls_last=True, maintain_order=True)
    if limit is not None:
        frame = frame.head(limit)
    names = [name.strip() for name in columns.split(",") if name.strip()]
    known = list(dict.fromkeys(_known(name, frame, "--columns") for name in names))
    return frame.select(known) if known else frame


def _known(name: str, frame: pl.DataFrame, option: str) -> str:
    if name not in frame.columns:
        raise SpecError(f"no column {name!r}", where=option, hint=nearest(name, frame.columns))
    return name
