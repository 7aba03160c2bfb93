"""The datasets that an entry stands for: one for each value of `subset`, and for each target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from probing.datasets.formats.table import Table
from probing.datasets.rows.lacking import is_lacking
from probing.datasets.stamps import stamp
from probing.datasets.tables import read_table
from probing.datasets.targets.reading import class_name
from probing.errors import DatasetError, nearest
from probing.spec import DatasetPart, DatasetSpec, part_of

MOST = 200  # datasets of one entry
_SHOWN = 5


@dataclass(frozen=True)
class _Whole:
    """The table that the parts of an entry are rows of, and those of each value of `subset`."""

    table: Table
    rows: dict[str, list[int]]


_last: list[tuple[object, _Whole]] = []  # parts are read one after the other


def parts_of(entry: DatasetSpec, path: Path) -> list[DatasetSpec]:
    """What the entry stands for at `path`: itself, or its parts in order.

    Raises `DatasetError` for a column that is missing, or has more values than datasets are
    sensible.
    """
    if entry.subset is None and not isinstance(entry.target, tuple):
        return [entry]
    values = _values(entry, path) if entry.subset is not None else [None]
    outputs = entry.target if isinstance(entry.target, tuple) else (None,)
    return [part_of(entry, value, output) for value in values for output in outputs]


def part_table(part: DatasetPart, path: Path) -> Table:
    """The rows of a part, before anything else is chosen of them."""
    whole = _whole(part, path)
    return whole.table if part.value is None else whole.table.rows(whole.rows.get(part.value, []))


def _whole(entry: DatasetSpec, path: Path) -> _Whole:
    plain = replace(entry, value=None, output=None) if isinstance(entry, DatasetPart) else entry
    key = part_of(plain), path, stamp(path)
    if not _last or _last[0][0] != key:
        _last.clear()  # the next is not read beside it
        table = read_table(entry, path)
        _last[:] = [(key, _Whole(table, _by_value(table, entry.subset)))]
    return _last[0][1]


def _by_value(table: Table, subset: str | None) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for at, value in enumerate(_column(table, subset) if subset is not None else ()):
        if not is_lacking(value):
            found.setdefault(_name(value), []).append(at)
    return found


def _values(entry: DatasetSpec, path: Path) -> Sequence[str | None]:
    whole = _whole(entry, path)
    names, table = list(whole.rows), whole.table
    if len(names) > MOST:
        shown = ", ".join(map(repr, names[:_SHOWN]))
        what = f"subset: column {entry.subset!r} has {len(names):,} values ({shown}, …)"
        hint = f"name one of at most {MOST}, or choose rows with where"
        raise DatasetError(what, where=table.source, hint=hint)
    if not names:
        what = f"subset: column {entry.subset!r} is empty"
        raise DatasetError(what, where=table.source, hint="name another column")
    return sorted(names)


def _column(table: Table, name: str) -> list[object]:
    if name not in table.columns:
        hint = nearest(name, table.columns)
        what = f"no column {name!r} to use as subset"
        raise DatasetError(what, where=table.source, hint=hint)
    return list(table.columns[name])


def _name(value: object) -> str:
    return str(class_name(value)).strip()
