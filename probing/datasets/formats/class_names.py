"""Names in place of class indices, from a `mapping.txt` or a description by `datasets`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from probing.datasets.formats.decoding import lines
from probing.datasets.formats.source import read_text
from probing.datasets.formats.table import Table
from probing.errors import DatasetError

Names = Mapping[str, Mapping[str, str]]

_LINE = re.compile(r"\s*(-?\d+)\s*[\t ,:]\s*(\S.*?)\s*")
_LISTS = ("List", "LargeList", "Sequence")  # a label for each word
MAPPING = "mapping.txt"
DESCRIPTION = "dataset_info.json"


def named(table: Table, names: Names) -> Table:
    """The table with names for the indices of each column in `names`, by column and index.

    A value may be a list of indices, one for each word. An index of -1 is what the `datasets`
    library writes where there is no class: none. A column with an index that has no name stays
    as it is.
    """
    columns = dict(table.columns)
    for column in columns:
        if column in names:
            columns[column] = _renamed(columns[column], names[column])
    return replace(table, columns=columns)


def of_features(features: Any) -> dict[str, dict[str, str]]:
    """The names of the classes in each column, from the features of the `datasets` library."""
    if not isinstance(features, Mapping):
        return {}
    found = {column: _listed(feature) for column, feature in features.items()}
    return {column: names for column, names in found.items() if names}


def of_description(folder: Path) -> dict[str, dict[str, str]]:
    """The names of the classes in each column, from `dataset_info.json` in a folder."""
    try:
        document = json.loads((folder / DESCRIPTION).read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return of_features(document.get("features")) if isinstance(document, Mapping) else {}


def of_mapping(folder: Path) -> dict[str, str]:
    """The name of each index, from the lines `0<tab>negative` of `mapping.txt` in a folder.

    Raises `DatasetError` that names a line of another form.
    """
    path = folder / MAPPING
    if not path.is_file():
        return {}
    found: dict[str, str] = {}
    for number, line in enumerate(lines(read_text(path)), 1):
        match = _LINE.fullmatch(line)
        if match:
            found[match[1]] = match[2].partition("\t")[0].strip()
        elif line.strip():
            hint = "write the index of a class, a tab and its name"
            raise DatasetError("not a class", where=f"{path}, line {number}", hint=hint)
    return found if len(set(found.values())) == len(found) else {}


def _listed(feature: Any) -> dict[str, str]:
    if not isinstance(feature, Mapping):
        return {}
    if feature.get("_type") in _LISTS:
        return _listed(feature.get("feature"))
    if feature.get("_type", "ClassLabel") != "ClassLabel":
        return {}
    names = feature.get("names")
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        return {}
    return {str(at): name for at, name in enumerate(names)} if len(set(names)) == len(names) else {}


def _renamed(values: Sequence[Any], names: Mapping[str, str]) -> Sequence[Any]:
    keys = [_keys(value) for value in values]
    every = (key for own in keys for key in (own if isinstance(own, list) else [own]))
    if any(key is not None and key not in names for key in every):
        return values
    return [
        [None if key is None else names[key] for key in own]
        if isinstance(own, list)
        else None
        if own is None
        else names[own]
        for own in keys
    ]


def _keys(value: Any) -> list[str | None] | str | None:
    """The index of a class as it is named, or those of all words."""
    if isinstance(value, list):
        return [None if one is None or one == -1 else str(one).strip() for one in value]
    return None if value is None or value == -1 else str(value).strip()
