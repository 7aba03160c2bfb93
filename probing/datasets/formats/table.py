"""What every reader returns: columns of values, and how an error names a row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from probing.errors import DatasetError


@dataclass(frozen=True, slots=True)
class Place:
    """A row of one of several files or parts that a table is made of."""

    source: str
    number: int | str

    def __repr__(self) -> str:
        return f"{self.number!r} of {Path(self.source).name}"


@dataclass(frozen=True)
class Table:
    """The rows of one dataset, not yet checked.

    `numbers` names each row as `unit` counts it: lines of a file, rows from 1, or ids.
    `typed` is whether the format tells numbers from texts (JSON and Parquet do, CSV does not).
    `name` and `task` are those that the file itself gives; `separator` is that of a CSV file.
    """

    source: str
    columns: Mapping[str, Sequence[Any]]
    numbers: Sequence[int | str | Place]
    unit: str = "line"
    typed: bool = True
    name: str | None = None
    task: str | None = None
    separator: str = ""

    def __len__(self) -> int:
        return len(self.numbers)

    def rows(self, kept: Sequence[int]) -> Table:
        """The table of the rows at the indices `kept`."""
        if len(kept) == len(self):
            return self
        columns = {name: [values[at] for at in kept] for name, values in self.columns.items()}
        return replace(self, columns=columns, numbers=[self.numbers[at] for at in kept])

    def where(self, at: int) -> str:
        """The file and the row at index `at`, as an error names them."""
        number = self.numbers[at]
        if isinstance(number, Place):
            return f"{number.source}, {self.unit} {number.number!r}"
        return f"{self.source}, {self.unit} {number!r}"

    def error(self, at: int, what: str, hint: str = "") -> DatasetError:
        """An error about the row at index `at`."""
        return DatasetError(what, where=self.where(at), hint=hint)


def from_records(source: str, records: Iterable[Mapping[str, Any]], **facts: Any) -> Table:
    """A table of objects, read one by one; a key that an object lacks becomes None."""
    columns: dict[str, list[Any]] = {}
    n_rows = 0
    for record in records:
        for name in record:
            if name not in columns:
                columns[name] = [None] * n_rows
        for name, column in columns.items():
            column.append(record.get(name))
        n_rows += 1
    numbers = facts.pop("numbers", range(1, n_rows + 1))
    return Table(source, columns, numbers, **facts)


def joined(source: str, tables: Sequence[Table], column: str, values: Sequence[Any]) -> Table:
    """The rows of all tables, one below the other, with one of `values` for each in `column`.

    A column that a table lacks is None in its rows, and errors go on naming the table's own
    source. A `column` that every table has itself stays as it is, and so it does for no values.
    """
    names = list(dict.fromkeys(name for table in tables for name in table.columns))
    columns = {name: [v for table in tables for v in _column(table, name)] for name in names}
    if values and not all(column in table.columns for table in tables):
        pairs = zip(tables, values, strict=True)
        columns[column] = [value for table, value in pairs for _ in range(len(table))]
    numbers = [_place(table, number) for table in tables for number in table.numbers]
    first = tables[0]
    typed = all(table.typed for table in tables)
    return replace(first, source=source, columns=columns, numbers=numbers, typed=typed)


def _column(table: Table, name: str) -> Sequence[Any]:
    return table.columns.get(name) or [None] * len(table)


def _place(table: Table, number: int | str | Place) -> Place:
    return number if isinstance(number, Place) else Place(table.source, number)
