"""What every reader returns: columns of values, and how an error names a row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from probing.datasets.packed.texts import Column, column_of, taken
from probing.errors import DatasetError

Spans = tuple[tuple[int, int], ...]
Turn = tuple[str, int, int]  # a role, and from where to where it speaks


@dataclass(frozen=True, slots=True)
class Place:
    """A row of one of several files or parts that a table is made of."""

    source: str
    number: int | str

    def __repr__(self) -> str:
        return f"{self.number!r} of {Path(self.source).name}"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a row, such as a word of a sentence, counted from 0."""

    row: int | str | Place
    kind: str
    at: int

    def __repr__(self) -> str:
        return f"{self.row!r}, {self.kind} {self.at + 1}"


Number = int | str | Place | Part


class PartNumbers(Sequence[Number]):
    """The numbers of parts: made when asked for, as there may be millions."""

    def __init__(self, rows: Sequence[Number], parts: Sequence[tuple[int, int]], kind: str) -> None:
        self._rows, self._parts, self._kind = rows, parts, kind

    def __len__(self) -> int:
        return len(self._parts)

    def __getitem__(self, at: Any) -> Any:
        row, part = self._parts[at]
        return Part(self._rows[row], self._kind, part)


@dataclass(frozen=True)
class Table:
    """The rows of one dataset, not yet checked.

    `numbers` names each row as `unit` counts it: lines of a file, rows from 1, or ids.
    `typed` is whether the format tells numbers from texts (JSON and Parquet do, CSV does not).
    `name` and `task` are those that the file itself gives; `separator` is that of a CSV file.
    Where rows are parts of texts, `spans` are the characters that each row marks in the text of
    its row, `target` is the column that was found with them, and `dropped` are the parts that
    became no row: why, and how many; `of_parts` are the columns that differ between the parts of
    a text. `turns` tell of rows that are conversations whose turn is where in the text. `sparse`
    is whether a word without a value is no fault.
    """

    source: str
    columns: Mapping[str, Sequence[Any]]
    numbers: Sequence[Number]
    unit: str = "line"
    typed: bool = True
    name: str | None = None
    task: str | None = None
    separator: str = ""
    spans: Sequence[Spans] | None = None
    target: str | None = None
    dropped: tuple[tuple[str, int], ...] = ()
    sparse: bool = False
    of_parts: frozenset[str] = frozenset()
    turns: Sequence[tuple[Turn, ...]] | None = None

    def __len__(self) -> int:
        return len(self.numbers)

    def rows(self, kept: Sequence[int]) -> Table:
        """The table of the rows at the indices `kept`."""
        if len(kept) == len(self):
            return self
        columns = {name: taken(values, kept) for name, values in self.columns.items()}
        spans = None if self.spans is None else [self.spans[at] for at in kept]
        numbers = [self.numbers[at] for at in kept]
        turns = None if self.turns is None else [self.turns[at] for at in kept]
        return replace(self, columns=columns, numbers=numbers, spans=spans, turns=turns)

    def where(self, at: int) -> str:
        """The file and the row at index `at`, as an error names them."""
        return self._named(self.numbers[at])

    def _named(self, number: Number) -> str:
        if isinstance(number, Part):
            return f"{self._named(number.row)}, {number.kind} {number.at + 1}"
        if isinstance(number, Place):
            return f"{number.source}, {self.unit} {number.number!r}"
        return f"{self.source}, {self.unit} {number!r}"

    def error(self, at: int, what: str, hint: str = "") -> DatasetError:
        """An error about the row at index `at`."""
        return DatasetError(what, where=self.where(at), hint=hint)


def from_records(source: str, records: Iterable[Mapping[str, Any]], **facts: Any) -> Table:
    """A table of objects, read one by one; a key that an object lacks becomes None."""
    columns: dict[str, Column] = {}
    n_rows = 0
    for record in records:
        for name in record:
            if name not in columns:
                columns[name] = Column(n_rows)
        for name, column in columns.items():
            column.append(record.get(name))
        n_rows += 1
    numbers = facts.pop("numbers", range(1, n_rows + 1))
    values = {name: column.values for name, column in columns.items()}
    return Table(source, values, numbers, **facts)


def joined(source: str, tables: Sequence[Table], column: str, values: Sequence[Any]) -> Table:
    """The rows of all tables, one below the other, with one of `values` for each in `column`.

    A column that a table lacks is None in its rows, and errors go on naming the table's own
    source. A `column` that every table has itself stays as it is, and so it does for no values.
    """
    names = list(dict.fromkeys(name for table in tables for name in table.columns))
    columns = {
        name: column_of(v for table in tables for v in _column(table, name)) for name in names
    }
    if values and not all(column in table.columns for table in tables):
        pairs = zip(tables, values, strict=True)
        columns[column] = [value for table, value in pairs for _ in range(len(table))]
    numbers = [_place(table, number) for table in tables for number in table.numbers]
    first = tables[0]
    typed = all(table.typed for table in tables)
    return replace(first, source=source, columns=columns, numbers=numbers, typed=typed)


def _column(table: Table, name: str) -> Sequence[Any]:
    return table.columns.get(name) or [None] * len(table)


def _place(table: Table, number: Number) -> Place:
    assert not isinstance(number, Part)  # files are joined before rows are parted
    return number if isinstance(number, Place) else Place(table.source, number)
