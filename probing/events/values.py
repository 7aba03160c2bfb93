"""Whether a value of an event is of its kind: a log may come from anybody."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

_LARGEST = 2**63


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_whole(value: Any) -> bool:
    return type(value) is int and -_LARGEST <= value < _LARGEST


def _is_number(value: Any) -> bool:
    return type(value) is float or _is_whole(value)


def _is_number_or_none(value: Any) -> bool:
    return value is None or _is_number(value)


def _all(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, tuple) and all(map(fits, value))


def _mapping(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, Mapping) and all(map(fits, value.values()))


def _numbers(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_number_or_none, value))


FITS: Mapping[str, Callable[[Any], bool]] = {
    "str": _is_text,
    "int": _is_whole,
    "float": _is_number,
    "bool": lambda value: isinstance(value, bool),
    "int | None": lambda value: value is None or _is_whole(value),
    "tuple[str, ...]": _all(_is_text),
    "tuple[int, ...]": _all(_is_whole),
    "tuple[float, ...]": _all(_is_number),
    "Mapping[str, str]": _mapping(_is_text),
    "Mapping[str, int]": _mapping(_is_whole),
    "Mapping[str, Any]": lambda value: isinstance(value, Mapping),
    "Mapping[str, float | None]": _mapping(_is_number_or_none),
    "Mapping[str, Sequence[float | None]]": _mapping(_numbers),
    "Mapping[str, Mapping[str, float | None]]": _mapping(_mapping(_is_number_or_none)),
}
"""By the annotation of a field: whether a value, as it was read, fits it."""
