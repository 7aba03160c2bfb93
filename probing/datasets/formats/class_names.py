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
    if isinstance(feature, list) and len(feature) == 1:  # of a column of lists, as it was written
        return _listed(feature[0])
    if isinstance(feature, Mapping) and feature.get("_type") in _LISTS:
        return _listed(feature.get("feature"))
    if not isinstance(feature, Mapping) or feature.get("_type", "ClassLabel") != "ClassLabel":
        return {}
    names = feature.get("names")
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        return {}
    return {str(at): name for at, name in enumerate(names)} if len(set(names)) == len(names) else {}


def _renamed(values: Sequence[Any], names: Mapping[str, str]) -> Sequence[Any]:
    """The values, or lists of values, with their names; as they are where one has none."""
    try:
        return [_name(value, names) for value in values]
    except KeyError:
        return values


def _name(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_name(one, names) for one in value]
    return None if value is None or value == -1 else names[str(value).strip()]
