"""Read a spec from TOML; an error names the wrong key and suggests the nearest known one."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, TypeVar

from probing.errors import SpecError, nearest
from probing.spec.controls import EVERY
from probing.spec.entries import ClassifierSpec, DatasetSpec, ModelSpec, PoolerSpec
from probing.spec.experiment import Spec

T = TypeVar("T")

_LARGEST = 2**24  # bytes of a spec file

_LISTS: dict[str, tuple[type[Any], str]] = {
    "datasets": (DatasetSpec, "path"),
    "models": (ModelSpec, "model"),
    "poolers": (PoolerSpec, "pool"),
    "classifiers": (ClassifierSpec, "name"),
}


def load(path: Path | str, sets: Sequence[str] = ()) -> Spec:
    """Read the spec file at `path`; `sets` are `key=value` overrides.

    Raises `SpecError` that names the file and the key and suggests the nearest known key.
    """
    try:
        with Path(path).open("rb") as file:
            return read(file, str(path), sets)
    except FileNotFoundError:
        raise SpecError("no such spec file", where=str(path), hint="check the path") from None
    except OSError as error:
        raise SpecError(f"cannot be read ({error.strerror})", where=str(path)) from None


def read(stream: IO[bytes], where: str, sets: Sequence[str] = ()) -> Spec:
    """Read a spec from an open file."""
    data = stream.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        what = f"is larger than {_LARGEST // 2**20} MiB, so it cannot be a spec"
        raise SpecError(what, where=where, hint="check the path")
    try:
        # the path of a file that is not UTF-8 has half surrogate pairs, also in our own specs
        text = data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        raise SpecError("the spec is not UTF-8", where=where, hint="save it as UTF-8") from None
    return parse(text, where, sets)


def parse(text: str, where: str = "spec", sets: Sequence[str] = ()) -> Spec:
    """Read a spec from TOML text."""
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # also a number of too many digits
        raise SpecError(f"not valid TOML: {error}", where=where) from None
    for assignment in sets:
        override(table, assignment)
    return from_table(table, where)


def override(table: dict[str, Any], assignment: str) -> None:
    """Set `key=value` in `table`; a value that is not TOML counts as a string."""
    key, equals, value = assignment.partition("=")
    key = key.strip()
    if not equals or not key:
        raise SpecError(
            f"--set {assignment!r} is not key=value", hint="for example --set n_folds=5"
        )
    table[key] = _value(value.strip())


def _value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):
        return text


def from_table(table: Mapping[str, Any], where: str = "spec") -> Spec:
    """Make a spec of a parsed TOML table."""
    _check_keys(table, Spec, where, "")
    missing = [key for key in _LISTS if key not in table]
    if missing:
        hint = f'add a line, for example {missing[0]} = ["..."]'
        raise SpecError(f"the key {missing[0]!r} is missing", where=where, hint=hint)
    values: dict[str, Any] = dict(table)
    for key, (kind, short) in _LISTS.items():
        entries = table[key] if isinstance(table[key], list) else [table[key]]
        values[key] = tuple(
            read_entry(entry, kind, short, f"{where}: {key}[{at}]")
            for at, entry in enumerate(entries)
        )
    if values.get("controls", EVERY) != EVERY:
        if not isinstance(values["controls"], list):
            what = f'controls must be a list of strings, or "{EVERY}"'
            raise SpecError(what, where=f"{where}: controls")
        values["controls"] = tuple(values["controls"])
    if isinstance(values.get("select"), str):
        values["select"] = [values["select"]]
    if not isinstance(values.get("select", []), list):
        raise SpecError("select must be a list of strings", where=f"{where}: select")
    if "select" in values:
        values["select"] = tuple(values["select"])
    return _build(Spec, values, where)


def read_entry(entry: Any, kind: type[T], short: str, where: str) -> T:
    """One dataset, model, pooler or classifier from a table, or from a string: its key `short`."""
    if isinstance(entry, str):
        entry = {short: entry}
    if not isinstance(entry, Mapping):
        raise SpecError(f"{entry!r} is neither a string nor a table", where=where)
    if kind is ClassifierSpec:
        parameters = {key: value for key, value in entry.items() if key != "name"}
        entry = {"name": entry.get("name", ""), "parameters": parameters}
    _check_keys(entry, kind, where, short)
    return _build(kind, entry, where)


def _check_keys(table: Mapping[str, Any], kind: type[Any], where: str, short: str) -> None:
    known = {field.name for field in dataclasses.fields(kind)}
    for key in table:
        if key not in known:
            raise SpecError(f"unknown key {key!r}", where=where, hint=nearest(key, known))
    if short and short not in table and kind is not PoolerSpec:
        raise SpecError(f"the key {short!r} is missing", where=where)


def _build(kind: Callable[..., T], values: Mapping[str, Any], where: str) -> T:
    try:
        return kind(**values)
    except SpecError as error:
        at = f"{where}: {error.where}" if error.where else where
        raise type(error)(error.what, where=at, hint=error.hint) from None
    except TypeError as error:
        raise SpecError(str(error), where=where) from None
