"""Excel and OpenDocument workbooks, read by Polars with fastexcel, which is an extra."""

from __future__ import annotations

import io
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from probing.datasets.formats.source import Source
from probing.datasets.formats.table import Table
from probing.errors import DatasetError, in_one_line, is_interruption

if TYPE_CHECKING:
    import polars as pl

LIBRARY = "fastexcel"
EXTRA = 'run: pip install "probe-tui[excel]", or export it as CSV (UTF-8)'


def read(source: Source) -> Table:
    """The table of one sheet of a workbook; rows are counted as the workbook numbers them.

    Raises `DatasetError` where several sheets have rows and the entry names none.
    """
    if find_spec(LIBRARY) is None:
        what = f"this is an Excel workbook or OpenDocument sheet, which needs {LIBRARY}"
        raise DatasetError(what, where=str(source.path), hint=EXTRA)
    name, frame = _chosen(source, _sheets(source))
    rows = _filled(frame)
    names = frame.columns if source.header is not False else map(str, range(frame.width))
    columns = {
        own: series.gather(rows).to_list()
        for own, series in zip(names, frame.iter_columns(), strict=True)
    }
    first = 1 if source.header is False else 2
    numbers = [first + row for row in rows]
    return Table(f"{source.path}, sheet {name!r}", columns, numbers, unit="row")


def _sheets(source: Source) -> dict[str, pl.DataFrame]:
    """The sheets by name: the one that the entry says, or all."""
    import polars as pl  # about 0.2 s, only who reads a workbook pays

    sheet = source.layout.sheet
    said: dict[str, Any] = {"sheet_id": 0} if not isinstance(sheet, str) else {"sheet_name": sheet}
    try:
        found = pl.read_excel(
            io.BytesIO(source.data),
            has_header=source.header is not False,
            infer_schema_length=None,
            drop_empty_rows=False,
            raise_if_empty=False,
            **said,
        )
    except BaseException as error:  # a panic in Rust is no `Exception`
        if is_interruption(error):
            raise
        if isinstance(sheet, str) and (names := _names(source)) and sheet not in names:
            raise _no_sheet(source, names) from None
        hint = "save it again, or export it as CSV (UTF-8)"
        what = f"not a readable workbook: {in_one_line(error)}"
        raise DatasetError(what, where=str(source.path), hint=hint) from None
    return found if isinstance(found, dict) else {str(sheet): found}


def _names(source: Source) -> list[str]:
    import fastexcel

    try:
        return list(fastexcel.read_excel(source.data).sheet_names)
    except Exception:  # a workbook that is damaged throughout
        return []


def _chosen(source: Source, sheets: dict[str, pl.DataFrame]) -> tuple[str, pl.DataFrame]:
    names, sheet = list(sheets), source.layout.sheet
    if isinstance(sheet, int):
        if sheet > len(names):
            raise _no_sheet(source, names)
        return names[sheet - 1], sheets[names[sheet - 1]]
    filled = [name for name in names if sheets[name].height]
    if len(filled) > 1 and sheet is None:
        what = f"{len(filled)} sheets have rows: {', '.join(map(repr, filled))}"
        hint = f'name one, for example sheet = "{filled[0]}"'
        raise DatasetError(what, where=str(source.path), hint=hint)
    name = (filled or names)[0]
    return name, sheets[name]


def _filled(frame: pl.DataFrame) -> list[int]:
    """The rows that hold anything, of which a workbook may keep thousands without."""
    import polars as pl

    if not frame.width:
        return []
    is_filled = frame.select(filled=pl.any_horizontal(pl.all().is_not_null()))["filled"]
    return is_filled.arg_true().to_list()


def _no_sheet(source: Source, names: list[str]) -> DatasetError:
    what = f"no sheet {source.layout.sheet!r}"
    hint = f"sheets: {', '.join(map(repr, names))}"
    return DatasetError(what, where=str(source.path), hint=hint)
