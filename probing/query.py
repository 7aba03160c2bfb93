"""The filter language: which rows of a results table or a picker match a query.

Terms are separated by spaces and all must hold. A bare word matches any text that contains it;
`column=value` and `!=`, `<`, `<=`, `>`, `>=` compare numbers as numbers and texts ignoring case;
`control=` matches an empty value, and quotes enclose a value with spaces. Of several values, such
as the tags of a run, one has to match, and for `!=` all. Anything else, such as
`layer > 3 AND (f1 > 0.8 OR site = 'mlp')`, is read as SQL.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from probing.errors import SpecError, nearest

if TYPE_CHECKING:
    import polars as pl

_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_EQUALITY = ("=", "==", "!=")
_TERM = re.compile(
    r"""\s*(?:
        (?P<column>[^\W\d]\w*)(?:\s+(?P<spaced>[=!<>]=|[=<>])\s*|(?P<op>[=!<>]=|[=<>]))
        (?P<value>"[^"]*"|'[^']*'|[^\s"'=<>!][^\s"']*|)
      | (?P<quoted>"[^"]*"|'[^']*')
      | (?P<word>[^\s"'=<>!(][^\s"']*)
    )(?=\s|$)""",
    re.VERBOSE,
)
NO_SQL_TAGS = "use terms with spaces between, such as tag=paper layer>3"
_KEYWORDS = frozenset(("and", "or", "not", "like", "ilike", "in", "between", "is"))


@dataclass(frozen=True)
class Term:
    """One condition; a bare word has no column and no comparison."""

    value: str
    column: str = ""
    comparison: str = ""

    @property
    def number(self) -> float:
        """The value as a number; raises `SpecError` if it is not one."""
        try:
            return float(self.value)
        except ValueError:
            what = f"{self.column}{self.comparison}{self.value}: {self.value!r} is not a number"
            raise SpecError(what, where="filter") from None


@lru_cache(maxsize=64)
def terms_of(query: str) -> tuple[Term, ...] | None:
    """The terms of `query`, or None where it is SQL.

    Raises `SpecError` for `<` or `>` without a value.
    """
    terms, at, end = [], 0, len(query.rstrip())
    while at < end:
        found = _TERM.match(query, at, end)
        if found is None:
            return None
        terms.append(_term(found))
        at = found.end()
    return None if _is_sql(terms) else tuple(terms)


def parted(query: str, columns: Collection[str]) -> tuple[str, str]:
    """The terms of `query` that name one of `columns`, and all others; SQL is left whole."""
    if terms_of(query) is None:
        return "", query
    told, rest, at, end = list[str](), list[str](), 0, len(query.rstrip())
    while at < end and (found := _TERM.match(query, at, end)):
        (told if found["column"] in columns else rest).append(found[0].strip())
        at = found.end()
    return " ".join(told), " ".join(rest)


def _term(found: re.Match[str]) -> Term:
    column, comparison = found["column"], found["spaced"] or found["op"]
    if column is None:
        return Term(found["word"] or found["quoted"][1:-1])
    value = found["value"]
    if not value and comparison not in _EQUALITY:
        hint = f"give one, for example {column}{comparison}0.5"
        raise SpecError(f"{column}{comparison} has no value", where="filter", hint=hint)
    return Term(value[1:-1] if value[:1] in ("'", '"') else value, column, comparison)


def _is_sql(terms: Iterable[Term]) -> bool:
    """Whether a word is a keyword: in capitals, or beside a comparison."""
    words = {term.value for term in terms if not term.column}
    compares = any(term.column for term in terms)
    return any(word.lower() in _KEYWORDS and (compares or word.isupper()) for word in words)


def fits(row: Mapping[str, object], query: str) -> bool:
    """Whether `row` matches `query`, without Polars.

    Raises `SpecError` for an unknown column, a value that is no number, or SQL.
    """
    terms = terms_of(query)
    if terms is None:
        hint = "use words and column=value, separated by spaces"
        raise SpecError(f"{query!r} is not a filter", where="filter", hint=hint)
    for term in terms:
        if term.column:
            _known(term.column, row)
    return all(_holds(row, term) for term in terms)


def _known(column: str, columns: Iterable[str]) -> None:
    columns = list(columns)
    if column not in columns:
        raise SpecError(f"no column {column!r}", where="filter", hint=nearest(column, columns))


def _holds(row: Mapping[str, object], term: Term) -> bool:
    if not term.column:
        word = term.value.lower()
        return any(word in text.lower() for value in row.values() for text in _texts(value))
    value, compare = row[term.column], _COMPARE[term.comparison]
    if isinstance(value, tuple):
        each = [_holds({term.column: one}, term) for one in value or ("",)]
        return all(each) if term.comparison == "!=" else any(each)
    if not term.value:
        return bool(compare(value is None or value == "", True))
    if value is None:
        return term.comparison == "!="
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return bool(compare(value, term.number))
    return bool(compare(str(value).lower(), term.value.lower()))


def _texts(value: object) -> Iterable[str]:
    several = value if isinstance(value, tuple) else (value,)
    return (one for one in several if isinstance(one, str))


def compared(value: Any, comparison: str, other: Any) -> Any:
    """What comes of a comparison such as `<=`: of values, or of an expression of Polars."""
    return _COMPARE[comparison](value, other)


def matches(frame: pl.DataFrame, query: str) -> pl.DataFrame:
    """The rows of `frame` that match `query`, in their order.

    Raises `SpecError` for an unknown column, a value that is no number, or bad SQL.
    """
    terms = terms_of(query)
    if terms is None:
        return _by_sql(frame, query)
    for term in terms:
        if term.column:
            _known(term.column, frame.columns)
        frame = frame.filter(_expression(frame, term))
    return frame


def _expression(frame: pl.DataFrame, term: Term) -> pl.Expr:
    import polars as pl  # 0.2 s, only readers of results pay

    if not term.column:
        texts = [name for name, kind in frame.schema.items() if kind == pl.String]
        found = [_lower(name).str.contains(term.value.lower(), literal=True) for name in texts]
        return pl.any_horizontal(pl.lit(False), *found)
    column, compare = pl.col(term.column), _COMPARE[term.comparison]
    if not term.value:
        is_empty = _lower(term.column) == ""
        return ~is_empty if term.comparison == "!=" else is_empty
    if frame.schema[term.column].is_numeric():
        holds = compare(column, term.number)
    else:
        holds = compare(_lower(term.column), term.value.lower())
    return pl.when(column.is_null()).then(pl.lit(term.comparison == "!=")).otherwise(holds)


def _lower(name: str) -> pl.Expr:
    import polars as pl

    return pl.col(name).cast(pl.String).fill_null("").str.to_lowercase()


def _by_sql(frame: pl.DataFrame, query: str) -> pl.DataFrame:
    import polars as pl

    try:
        expression = pl.sql_expr(query)
        for column in expression.meta.root_names():
            if column == "tag" and column not in frame.columns:
                raise SpecError("SQL knows no tags", where="filter", hint=NO_SQL_TAGS)
            _known(column, frame.columns)
        return frame.filter(expression)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, TypeError) as error:
        reason = str(error).strip().split("\n", 1)[0][:200]
        hint = "use words and column=value, or SQL such as layer > 3 AND site = 'mlp'"
        raise SpecError(
            f"{query!r} is not a filter ({reason})", where="filter", hint=hint
        ) from None
