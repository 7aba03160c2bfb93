"""What every reader returns: columns of values, and how an error names a row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from probing.errors import DatasetError


@dataclass(frozen=True)
class Table:
    """The rows of one dataset, not yet checked.

    `numbers` names each row as `unit` counts it: lines of the file, rows from 1, or ids.
    `typed` is whether the format tells numbers from texts (JSON and Parquet do, CSV does not).
    `name` and `task` are those that the file itself gives; `separator` is that of a CSV file.
    """

    source: str
    columns: Mapping[str, Sequence[Any]]
    numbers: Sequence[int | str]
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
        return f"{self.source}, {self.unit} {self.numbers[at]!r}"

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
