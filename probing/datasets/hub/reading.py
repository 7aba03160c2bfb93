"""Read the fetched files of a repository as one table, with the names of its classes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from probing.datasets.formats import class_names, parquet
from probing.datasets.formats.source import open_source
from probing.datasets.formats.table import Table, joined
from probing.datasets.hub.data_files import DEFAULT, configurations
from probing.datasets.hub.fetching import Located, located
from probing.spec import DatasetSpec


def read(spec: DatasetSpec, folder: Path) -> Table:
    """The table of the splits of an entry, from the files in `folder`; nothing is fetched.

    Several splits are parts of the dataset's own split. Names of classes are those in the files,
    else those of the card. Raises `DatasetError` for a file that is missing or damaged.
    """
    found = located(spec, commit=folder.name)
    parts = [_part(folder, files) for files in found.splits.values()]
    where = f"hub:{found.listing.repo}"
    whole = parts[0] if len(parts) == 1 else joined(where, parts, "split", list(found.splits))
    return replace(class_names.named(whole, _names(found)), name=_name(found))


def _part(folder: Path, files: list[str]) -> Table:
    tables = [parquet.read_parquet(open_source(folder / name)) for name in files]
    return tables[0] if len(tables) == 1 else joined(str(folder), tables, "", ())


def _name(found: Located) -> str:
    own = found.listing.repo.rpartition("/")[2]
    is_only = found.config == DEFAULT or len(configurations(found.listing)) == 1
    return own if is_only else f"{own}-{found.config}"


def _names(found: Located) -> class_names.Names:
    """The names of classes that the card gives, by column and index."""
    return {
        str(feature.get("name")): {str(at): str(name) for at, name in names}
        for feature in _features(found)
        if (names := list(_labels(feature)))
    }


def _features(found: Located) -> Iterator[Mapping[str, Any]]:
    told = found.listing.card.get("dataset_info")
    for one in told if isinstance(told, list) else [told]:
        if isinstance(one, Mapping) and one.get("config_name", found.config) == found.config:
            features = one.get("features")
            yield from (f for f in features or () if isinstance(f, Mapping))


def _labels(feature: Any) -> Iterator[tuple[Any, Any]]:
    """Index and name of the classes of a feature, or of the words of one that is a list."""
    if not isinstance(feature, Mapping):
        return
    for inner in ("dtype", "sequence", "list"):
        yield from _labels(feature.get(inner))
    label = feature.get("class_label")
    names = label.get("names") if isinstance(label, Mapping) else None
    if isinstance(names, Mapping):
        yield from names.items()
    elif isinstance(names, list):
        yield from enumerate(names)
