"""The datasets that an entry stands for: one for each value of `subset`, and for each target."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from probing.datasets.formats.table import Table
from probing.datasets.rows.lacking import is_lacking
from probing.datasets.stamps import Stamp, stamp
from probing.datasets.tables import read_table
from probing.datasets.targets.reading import class_name
from probing.errors import DatasetError, nearest
from probing.spec import DatasetPart, DatasetSpec, part_of

MOST = 200  # datasets of one entry
_SHOWN = 5

_kept: dict[tuple[DatasetSpec, Path, Stamp], tuple[str, ...]] = {}


def parts_of(entry: DatasetSpec, path: Path) -> list[DatasetSpec]:
    """What the entry stands for at `path`: itself, or its parts in order.

    Raises `DatasetError` for a column that is missing, or has more values than datasets are
    sensible.
    """
    if entry.subset is None and not isinstance(entry.target, tuple):
        return [entry]
    values = [None] if entry.subset is None else list(_values(entry, path))
    outputs = entry.target if isinstance(entry.target, tuple) else (None,)
    return [part_of(entry, value, output) for value in values for output in outputs]


def rows_of_value(table: Table, part: DatasetPart) -> Table:
    """The rows of a table that have the value of a part."""
    assert part.subset is not None
    values = _column(table, part.subset)
    return table.rows([at for at, value in enumerate(values) if _name(value) == part.value])


def _values(entry: DatasetSpec, path: Path) -> tuple[str, ...]:
    key = (entry, path, stamp(path))
    if key not in _kept:
        while len(_kept) >= MOST:
            _kept.pop(next(iter(_kept)), None)
        _kept[key] = _read(entry, path)
    return _kept[key]


def _read(entry: DatasetSpec, path: Path) -> tuple[str, ...]:
    assert entry.subset is not None
    table = read_table(entry, path)
    values = _column(table, entry.subset)
    counts = Counter(_name(value) for value in values if not is_lacking(value))
    if len(counts) > MOST:
        shown = ", ".join(map(repr, list(counts)[:_SHOWN]))
        what = f"subset: column {entry.subset!r} has {len(counts):,} values ({shown}, …)"
        hint = f"name one of at most {MOST}, or choose rows with where"
        raise DatasetError(what, where=table.source, hint=hint)
    if not counts:
        what = f"subset: column {entry.subset!r} is empty"
        raise DatasetError(what, where=table.source, hint="name another column")
    return tuple(sorted(counts))


def _column(table: Table, name: str) -> list[object]:
    if name not in table.columns:
        hint = nearest(name, table.columns)
        what = f"no column {name!r} to use as subset"
        raise DatasetError(what, where=table.source, hint=hint)
    return list(table.columns[name])


def _name(value: object) -> str:
    return str(class_name(value)).strip()
