"""The kind of a target value (truth, whole number, float, text), and how plain text is parsed."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

from probing.datasets.formats.table import Table
from probing.errors import DatasetError

_WHOLE = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_NO_NUMBER = re.compile(r"[+-]?(nan|inf|infinity)", re.IGNORECASE)
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+", re.ASCII)
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+", re.ASCII)
_LEADING_ZERO = re.compile(r"[+-]?0\d+", re.ASCII)
_MARKED = re.compile(r"[+-]?[$€£¥]?\s?\d{1,3}((,?\d{3})*|\d*)(\.\d+)?\s?[%€]?", re.ASCII)
_TRUTHS = {"true": True, "false": False}


def kind_of(value: Any) -> str:
    """`truth`, `whole`, `float`, `text`, or `other` for what cannot be a target."""
    if isinstance(value, bool):
        return "truth"
    if isinstance(value, int):
        return "whole"
    if isinstance(value, float):
        return "float"
    return "text" if isinstance(value, str) else "other"


def values_of(table: Table, column: str, *, as_names: bool) -> tuple[str, list[Any]]:
    """The one kind of a target column and its values; whole numbers among floats are floats.

    `as_names` keeps texts of a format without types as texts where they are not all numbers.
    Raises `DatasetError` for a missing target, NaN, infinity, a list, or mixed kinds.
    """
    raw = [_present(table, at, value) for at, value in enumerate(table.columns[column])]
    if not table.typed:
        raw = _interpreted(table, raw, as_names)
    kinds = [kind_of(value) for value in raw]
    if set(kinds) == {"whole", "float"}:
        kinds = ["float"] * len(kinds)
    for at, kind in enumerate(kinds):
        if kind != kinds[0]:
            raise _mixed(table, (0, raw[0]), (at, raw[at]))
    return kinds[0], raw


def numbers_of(values: Sequence[str]) -> list[float] | None:
    """The texts as numbers, or None where one is not a number."""
    return [float(value) for value in values] if all(map(_is_number, values)) else None


def has_leading_zeros(values: Sequence[Any]) -> bool:
    """Whether a column of digits alone writes one of its values as `01` or `007`."""
    texts = [value.strip() for value in values if isinstance(value, str)]
    if len(texts) < len(values) or not all(map(_WHOLE.fullmatch, texts)):
        return False
    return any(map(_LEADING_ZERO.fullmatch, texts))


def has_decimal_commas(values: Sequence[Any], separator: str) -> bool:
    """Whether texts are numbers with a decimal comma; `1,234` is one only where `;` separates."""
    texts = [value.strip() for value in values if isinstance(value, str)]
    with_comma = [text for text in texts if "," in text]
    if not with_comma or len(texts) < len(values):
        return False
    if not all(_DECIMAL_COMMA.fullmatch(text) or _is_number(text) for text in texts):
        return False
    return separator == ";" or not all(map(_THOUSANDS.fullmatch, with_comma))


def has_number_marks(values: Sequence[Any]) -> bool:
    """Whether texts are numbers with a sign of percent or money, or with thousands separators."""
    texts = [value.strip() for value in values if isinstance(value, str)]
    if not texts or len(texts) < len(values) or not all(map(_MARKED.fullmatch, texts)):
        return False
    return not all(map(_is_number, texts))


def _is_number(value: str) -> bool:
    return _NUMBER.fullmatch(value.strip()) is not None


def _present(table: Table, at: int, value: Any) -> Any:
    if value is None or (isinstance(value, str) and not value.strip()):
        raise table.error(at, "no target", "add one, or remove the row")
    if isinstance(value, float) and not math.isfinite(value):
        raise table.error(at, f"the target is {value}", "remove the row")
    if isinstance(value, int) and abs(value) >= 2**63:
        raise table.error(at, "the target has more than 18 digits", "write it as a float")
    if kind_of(value) == "other":
        what = f"the target is of type {type(value).__name__}, not a single value"
        raise table.error(at, what, 'name another column with target = "..."')
    return value


def _interpreted(table: Table, raw: list[str], as_names: bool) -> list[Any]:
    stripped = [value.strip() for value in raw]
    if all(value.lower() in _TRUTHS for value in stripped):
        return [_TRUTHS[value.lower()] for value in stripped]
    if has_leading_zeros(stripped):
        return raw  # 01 and 1 are different names
    if has_decimal_commas(stripped, table.separator):
        stripped = [value.replace(",", ".") for value in stripped]
    numeric = [_is_number(value) for value in stripped]
    wordy = [
        not number and not _NO_NUMBER.fullmatch(value)
        for number, value in zip(numeric, stripped, strict=True)
    ]
    if not any(numeric) or (any(wordy) and as_names):
        return raw
    if any(wordy):
        number, word = numeric.index(True), wordy.index(True)
        raise _mixed(table, (number, raw[number]), (word, raw[word]))
    return [_number(table, at, value) for at, value in enumerate(stripped)]


def _number(table: Table, at: int, value: str) -> int | float:
    return int(value) if _WHOLE.fullmatch(value) else _present(table, at, float(value))


def _mixed(table: Table, one: tuple[int, Any], other: tuple[int, Any]) -> DatasetError:
    first, second = sorted((one, other))
    what = (
        f"mixed labels: {second[1]!r} here, but {first[1]!r} "
        f"at {table.unit} {table.numbers[first[0]]!r}"
    )
    hint = "use one type for all labels"
    if not table.typed:
        hint += ', or set task to "binary" or "multiclass" to read them all as names'
    return table.error(second[0], what, hint)
