"""A sweep: one spec for each value of a key, or for each entry of a list."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePath
from typing import Any

from probing.errors import SpecError, nearest
from probing.spec.entries import ClassifierSpec, DatasetSpec, Entry, ModelSpec
from probing.spec.experiment import Spec

LISTS = ("datasets", "models", "poolers", "classifiers")
MOST_RUNS = 200


def swept(spec: Spec, key: str, values: Sequence[Any] = ()) -> tuple[Spec, ...]:
    """A spec for each of `values` of a key, or, of a list such as `models`, for each entry alone.

    Each is named after the spec and what is its own. Raises `SpecError` for a key that is none, a
    value that the key cannot have, a value twice, or a list of fewer than two entries.
    """
    if key in LISTS:
        entries = getattr(spec, key)
        _check(key, entries, "pick at least two, or name another key")
        alone: list[dict[str, Any]] = [{key: (entry,)} for entry in entries]
        return _named(spec, alone, [_entry_name(entry) for entry in entries])
    known = [field.name for field in dataclasses.fields(Spec) if field.name not in ("name", *LISTS)]
    if key not in known:
        hint = nearest(key, [*known, *LISTS])
        raise SpecError(f"there is no key {key!r}", where="sweep", hint=hint)
    _check(key, values, f"write at least two, such as {key}=0,1,2")
    return _named(spec, [{key: value} for value in values], [f"{key}-{one}" for one in values])


def sweep_of(spec: Spec, text: str) -> tuple[Spec, ...]:
    """The specs of `key=value,value,…`, or of the name of a list; values are read as TOML.

    Raises `SpecError` as `swept` does.
    """
    key, equals, values = (part.strip() for part in text.partition("="))
    if key in LISTS and equals:
        hint = f"write {key} alone for a run of each of its entries"
        raise SpecError(f"a sweep over {key} takes no values", where="sweep", hint=hint)
    return swept(spec, key, _values(values) if equals else ())


def _values(text: str) -> list[Any]:
    try:
        return list(tomllib.loads(f"values = [{text}]")["values"])
    except ValueError:
        return [part.strip() for part in text.split(",") if part.strip()]


def _check(key: str, values: Sequence[Any], hint: str) -> None:
    if len(values) < 2:
        raise SpecError(f"a sweep over {key} has {len(values)} values", where="sweep", hint=hint)
    if len(values) > MOST_RUNS:
        raise SpecError(
            f"a sweep of {len(values)} runs", where="sweep", hint=f"at most {MOST_RUNS}"
        )
    twice = next((one for at, one in enumerate(values) if one in values[:at]), None)
    if twice is not None:
        raise SpecError(f"{key} = {twice!r} comes twice", where="sweep", hint="leave one out")


def _named(spec: Spec, changes: Sequence[dict[str, Any]], names: Sequence[str]) -> tuple[Spec, ...]:
    stem = spec.name[:44]
    endings = [re.sub(r"[^\w.-]+", "-", name).strip("-")[:30] for name in names]
    counted = [
        f"{one}-{endings[:at].count(one) + 1}" if endings.count(one) > 1 else one
        for at, one in enumerate(endings)
    ]
    return tuple(
        replace(spec, name=f"{stem}-{ending}", **change)
        for change, ending in zip(changes, counted, strict=True)
    )


def _entry_name(entry: Entry) -> str:
    if isinstance(entry, ModelSpec):
        return PurePath(entry.model.removeprefix("package:")).name
    if isinstance(entry, DatasetSpec):
        return entry.name or PurePath(entry.path).name.split(".")[0]
    return entry.name if isinstance(entry, ClassifierSpec) else entry.label
