"""The lines of Python that load exactly the rows of a filter, with Polars alone."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from probing.logs.folders.tagged_runs import without_tags
from probing.logs.results.tables import KEYS
from probing.query import Term, terms_of

MOST_NAMED = 40


def python_lines(
    logs: Path, runs: Sequence[str], query: str, schema: Mapping[str, Any], going: Sequence[str]
) -> str:
    """Lines after which `rows` has the cells that `query` chooses and `folds` their folds.

    `schema` has the types of the columns; runs that are `going` have written no table yet. Tags
    are in no table: `runs` are those that have them, and are named one by one.
    """
    tags, query = without_tags(query)
    given = f"runs = [{', '.join(map(quoted, runs))}]"
    if len(runs) > MOST_NAMED and not going and not tags:
        given = 'runs = sorted(path.parent.name for path in logs.glob("*/results.parquet"))'
    lines = [
        "from pathlib import Path",
        "",
        "import polars as pl",
        "",
        f"logs = Path({quoted(str(logs))})",
        given,
        "",
        "",
        "def table(name):",
        "    files = [(run, logs / run / name) for run in runs]",
        "    parts = [pl.read_parquet(file).with_columns(run=pl.lit(run)) for run, file in files]",
        '    return pl.concat(parts, how="diagonal_relaxed")',
        "",
        "",
        'rows = table("results.parquet")  # one for each cell',
        *(f"rows = rows.filter({condition})" for condition in conditions(query, schema)),
        f"keys = {json.dumps(['run', *KEYS])}",
        'folds = table("scores.parquet").join(rows, on=keys, how="semi", nulls_equal=True)',
    ]
    left = [f"# the runs that fulfil {tags}"] * bool(tags)
    left += [f"# {quoted(run)} is not over: its tables come with its end" for run in going]
    return "\n".join([*left, *lines]) + "\n"


def quoted(text: str) -> str:
    """`text` as Python writes it, nothing in it that a terminal would obey."""
    return json.dumps(text, ensure_ascii=not text.isprintable())


def conditions(query: str, schema: Mapping[str, Any]) -> list[str]:
    """What the rows must fulfil, as expressions of Polars."""
    terms = terms_of(query)
    if terms is None:
        return [f"pl.sql_expr({quoted(query)})"]
    return [_condition(term, schema) for term in terms]


def _condition(term: Term, schema: Mapping[str, Any]) -> str:
    if not term.column:
        holds = f"str.contains({quoted(term.value.lower())}, literal=True)"
        return f"pl.any_horizontal(pl.col(pl.String).str.to_lowercase().{holds})"
    column = f"pl.col({quoted(term.column)})"
    is_number = schema[term.column].is_numeric()
    if not term.value:
        is_empty = f"{column}.is_null()" if is_number else f'{column}.fill_null("") == ""'
        return f"~({is_empty})" if term.comparison == "!=" else is_empty
    value = _number(term) if is_number else quoted(term.value.lower())
    column = column if is_number else f"{column}.str.to_lowercase()"
    if term.comparison == "!=":
        return f"{column}.ne_missing({value})"
    return f"{column} {'==' if term.comparison == '=' else term.comparison} {value}"


def _number(term: Term) -> str:
    number = term.number
    if not math.isfinite(number):
        return f'float("{number}")'
    return f"{number:.0f}" if number.is_integer() else repr(number)
