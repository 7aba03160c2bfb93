"""Write a spec as the TOML that reads back to the same spec."""

from __future__ import annotations

import dataclasses
from typing import Any

import tomli_w

from probing.spec.engines import Engine
from probing.spec.entries import ClassifierSpec, DatasetSpec, ModelSpec
from probing.spec.experiment import Spec


def to_toml(spec: Spec) -> str:
    """The spec as TOML text, without the defaults of entries but with those of the run."""
    table = {
        "name": spec.name,
        "datasets": [as_entry(entry, "path") for entry in spec.datasets],
        "models": [as_entry(entry, "model") for entry in spec.models],
        "poolers": [as_entry(entry, "") for entry in spec.poolers],
        "classifiers": [as_entry(entry, "name") for entry in spec.classifiers],
        **{
            field.name: _plain(getattr(spec, field.name))
            for field in dataclasses.fields(Spec)
            if field.name not in ("name", "datasets", "models", "poolers", "classifiers")
        },
    }
    return tomli_w.dumps(table)


def as_entry(entry: Any, short: str) -> Any:
    """An entry as a spec writes it: a table, or the value of `short` where it has no other key."""
    if isinstance(entry, ClassifierSpec):
        table = {"name": entry.name, **_plain(entry.parameters)}
    else:
        table = {
            field.name: _plain(getattr(entry, field.name))
            for field in dataclasses.fields(entry)
            if (
                isinstance(entry, (DatasetSpec, ModelSpec)) is False
                and field.name in ("pool", "layer")
            )
            or getattr(entry, field.name) != field.default
        }
    return table[short] if short and set(table) == {short} else table


def _plain(value: Any) -> Any:
    if isinstance(value, Engine):
        return value.plain
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    return value
