"""Marked positions: behind a part of the text, or where a column says."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from probing.datasets import templates
from probing.datasets.formats.table import Table
from probing.datasets.marks.character_spans import numbers
from probing.datasets.rows.lacking import fault
from probing.errors import DatasetError

AFTER = "after:"
_SHOWN = 40

Ints = NDArray[np.int64]


def positions(
    position: str, texts: Sequence[str], template: str | None, table: Table, text: str
) -> Ints:
    """The position in each of `texts`, `[n_texts]`: how many characters stand before it.

    `after:…` is behind those characters, in which `{column}` is the column's value; else
    `position` is a column that counts characters of the column `text`. Raises `DatasetError`
    that names the row where they are not in its text, or more than once.
    """
    if not position.startswith(AFTER):
        return _of_column(position, template, table, text)
    sought = position.removeprefix(AFTER)
    names = templates.fields_of(sought)
    if template is not None and sought == "{" + "".join(names) + "}":
        places = templates.field_places(template, names[0], table, text)
        if places is not None:
            return np.asarray([end for _, end in places], dtype=np.int64)
    templates.columns_of(sought, table)
    return _behind(templates.render(sought, table, text), texts, table)


def _of_column(name: str, template: str | None, table: Table, text: str) -> Ints:
    found = np.asarray(numbers(table, name), dtype=np.int64)
    lengths = np.fromiter(map(len, table.columns[text]), np.int64, len(table))
    wrong = np.flatnonzero((found < 1) | (found > lengths))
    if len(wrong):
        at = int(wrong[0])
        what = f"its {name} is {found[at]}, but its text has {lengths[at]} characters"
        hint = "it counts the characters before the position"
        raise table.error(at, fault(table, wrong.tolist(), what), hint)
    if template is not None:
        found = found + np.asarray(templates.text_starts(template, table, text), dtype=np.int64)
    return found


def _behind(sought: Sequence[str], texts: Sequence[str], table: Table) -> Ints:
    first = [text.find(part) if part else -1 for part, text in zip(sought, texts, strict=True)]
    for rows, what in (
        ([at for at, place in enumerate(first) if place < 0], "is not in its text"),
        (
            [at for at, one in enumerate(first) if texts[at].find(sought[at], one + 1) >= 0],
            "is in its text more than once",
        ),
    ):
        if rows:
            raise _wrong(table, rows, sought[rows[0]], what)
    ends = (place + len(part) for place, part in zip(first, sought, strict=True))
    return np.fromiter(ends, np.int64, len(texts))


def _wrong(table: Table, rows: Sequence[int], sought: str, what: str) -> DatasetError:
    shown = sought if len(sought) <= _SHOWN else sought[:_SHOWN] + "…"
    hint = (
        'put it into the text by a template, as in "{text} {answer}", give a column with the '
        "character offset, or leave such rows out with where"
    )
    return table.error(rows[0], fault(table, rows, f"{shown!r} {what}"), hint)
