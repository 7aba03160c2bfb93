"""Which cells fulfil a filter: texts are compared once for each that differs, not in each row."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import polars as pl
from numpy.typing import NDArray

from probing.errors import SpecError, nearest
from probing.logs.index.cells import Cells
from probing.query import Term, compared, matches, terms_of

Mask = NDArray[np.bool_]


def mask_of(cells: Cells, query: str) -> Mask:
    """Whether each row fulfils `query`, as `probing.query.matches` keeps it.

    Raises `SpecError` for an unknown column, a value that is no number, or bad SQL.
    """
    terms = terms_of(query)
    if terms is None:
        return _by_sql(cells, query)
    for term in terms:
        if term.column and term.column not in cells.schema:
            hint = nearest(term.column, cells.schema)
            raise SpecError(f"no column {term.column!r}", where="filter", hint=hint)
    holds = np.ones(cells.height, np.bool_)
    for term in terms:
        holds &= _holds(cells, term)
    return holds


def mask_of_runs(cells: Cells, runs: Collection[str]) -> Mask:
    """Whether each row is of one of these runs."""
    return _is_one_of(cells, "run", {run for run in runs if run in _texts(cells, "run")})


def _holds(cells: Cells, term: Term) -> Mask:
    if not term.column:
        return _has_word(cells, term.value.lower())
    kind = cells.schema[term.column]
    if kind == pl.String:
        return _compares_text(cells, term)
    column = cells.column(term.column)
    if not term.value:
        is_empty = np.asarray(column.is_null().to_numpy())
        return ~is_empty if term.comparison == "!=" else is_empty
    holds = compared(pl.col(column.name), term.comparison, term.number)
    empty = pl.lit(term.comparison == "!=")
    whole = pl.when(pl.col(column.name).is_null()).then(empty).otherwise(holds)
    return np.asarray(column.to_frame().select(whole).to_series().to_numpy())


def _compares_text(cells: Cells, term: Term) -> Mask:
    texts = _texts(cells, term.column)
    if not term.value:
        fulfil = {text for text in texts if (not text) == (term.comparison != "!=")}
    else:
        value = term.value.lower()
        fulfil = {text for text in texts if compared(text.lower(), term.comparison, value)}
    holds = _is_one_of(cells, term.column, fulfil)
    is_null = cells.column(term.column).is_null()
    if term.value and is_null.any():
        holds = np.where(is_null.to_numpy(), term.comparison == "!=", holds)
    return holds


def _has_word(cells: Cells, word: str) -> Mask:
    found = np.zeros(cells.height, np.bool_)
    for name, kind in cells.schema.items():
        if kind == pl.String and cells.has(name):
            fulfil = {text for text in _texts(cells, name) if word in text.lower()}
            if fulfil:
                found |= _is_one_of(cells, name, fulfil)
    return found


def _texts(cells: Cells, name: str) -> dict[str, int]:
    """The different texts of a column, each with its number; empty cells are empty texts."""
    key = f"texts {name}"
    if key not in cells.kept:
        known = cells.column(name).fill_null("").unique()
        numbers = known.to_physical().to_list()
        cells.kept[key] = dict(zip(known.cast(pl.String).to_list(), numbers, strict=True))
    found: dict[str, int] = cells.kept[key]
    return found


def _is_one_of(cells: Cells, name: str, chosen: set[str]) -> Mask:
    numbers = _texts(cells, name)
    if len(chosen) == len(numbers):
        return np.ones(cells.height, np.bool_)
    table = np.zeros(max(numbers.values(), default=0) + 1, np.bool_)
    table[[numbers[text] for text in chosen]] = True
    codes = cells.column(name).fill_null("").to_physical().to_numpy()
    return np.asarray(table[codes])


def _by_sql(cells: Cells, query: str) -> Mask:
    matches(pl.DataFrame(schema=cells.schema), query)  # tells what is wrong with it
    names = [name for name in pl.sql_expr(query).meta.root_names() if name in cells.schema]
    rows = matches(cells.frame(names=names or ["run"]).with_row_index("number of the row"), query)
    holds = np.zeros(cells.height, np.bool_)
    holds[rows["number of the row"].to_numpy()] = True
    return holds
