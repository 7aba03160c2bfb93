"""The texts of an intervention: prompts, or pairs of twins, from a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from probing.datasets.formats.table import Table
from probing.datasets.rows.minimal_pairs import BAD, GOOD
from probing.datasets.tables import read_table
from probing.errors import DatasetError
from probing.spec import DatasetSpec

TEXT, TWIN = "text", "twin"
ANSWERS = "answer", "twin_answer"
TEXT_COLUMNS = ("prompt", "text")
GROUP_COLUMNS = ("group", "pair")


def read_prompts(path: Path) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """The prompts of a file, and the group of each, `[n_prompts]`.

    A `.txt` file has one a line; others, as datasets, a column `prompt` or `text`, and perhaps
    one `group` or `pair`: prompts of a group count as one. Raises `DatasetError`.
    """
    table = read_lines(path) if path.suffix == ".txt" else read_table(_spec(path), path)
    column = column_of(table, TEXT_COLUMNS, "prompts")
    texts = tuple(_text(table, column, at) for at in range(len(table)))
    if not texts:
        raise DatasetError("holds no prompts", where=str(path), hint="write one a line")
    return texts, groups_of(table)


def read_twins(
    path: Path, choices: Sequence[str]
) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...], tuple[int, ...]]:
    """The twins of a file, the two answers of each pair, and the group of each, `[n_pairs]`.

    The columns are `text` and `twin` (or those of BLiMP), and, unless `choices` are the answers of
    all, `answer` and `twin_answer`. Raises `DatasetError`.
    """
    table = read_table(_spec(path), path)
    names = column_of(table, (TEXT, GOOD), "texts"), column_of(table, (TWIN, BAD), "twins")
    rows = range(len(table))
    first, second = ([_text(table, name, at) for at in rows] for name in names)
    twins = tuple(zip(first, second, strict=True))
    if choices:
        return twins, ((choices[0], choices[1]),) * len(twins), groups_of(table)
    hint = 'or give the same two for all pairs: --choices " Yes"," No"'
    for name in ANSWERS:
        if name not in table.columns:
            what = f"has no column {name}, the next token that tells the twins apart"
            raise DatasetError(what, where=table.source, hint=hint)
    told = ([_text(table, name, at) for at in rows] for name in ANSWERS)
    return twins, tuple(zip(*told, strict=True)), groups_of(table)


def read_lines(path: Path) -> Table:
    """The lines of a file of plain text, but for empty ones."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        what = f"cannot be read ({getattr(error, 'strerror', None) or 'it is not UTF-8'})"
        raise DatasetError(what, where=str(path), hint="give a file with a prompt a line") from None
    kept = [(at, line) for at, line in enumerate(lines, 1) if line.strip()]
    return Table(str(path), {"prompt": [line for _, line in kept]}, [at for at, _ in kept])


def column_of(table: Table, names: Sequence[str], what: str) -> str:
    """The first of `names` that the table has; raises `DatasetError`."""
    found = next((name for name in names if name in table.columns), None)
    if found is not None:
        return found
    columns = ", ".join(table.columns)
    hint = f"name its column of {what} {' or '.join(names)}"
    raise DatasetError(f"has only the columns {columns}", where=table.source, hint=hint)


def groups_of(table: Table) -> tuple[int, ...]:
    """A number for the group of each row; a row without one is a group of its own."""
    column = next((name for name in GROUP_COLUMNS if name in table.columns), None)
    if column is None:
        return tuple(range(len(table)))
    numbers: dict[Any, int] = {}
    keys = [
        (at,) if value in (None, "") else value for at, value in enumerate(table.columns[column])
    ]
    return tuple(numbers.setdefault(key, len(numbers)) for key in keys)


def _text(table: Table, column: str, at: int) -> str:
    value = table.columns[column][at]
    if not isinstance(value, str) or not value.strip():
        raise table.error(at, f"has no {column}", "remove the row, or fill it in")
    return value


def _spec(path: Path) -> DatasetSpec:
    return DatasetSpec(str(path))
