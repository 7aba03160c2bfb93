"""Make the paths in a spec absolute, so that a run does not depend on its working folder."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from probing.datasets import pinned, resolve
from probing.spec import DatasetSpec, ModelSpec, Spec, is_hub


def absolute(spec: Spec, base: Path, *, pins: bool = True) -> Spec:
    """`spec` as it reads from any folder: an entry that means several files becomes several.

    A dataset on the hub is pinned to the commit that it has today, where `pins` says so.

    Raises `DatasetError` for a dataset that is not there.
    """
    data = [one for entry in spec.datasets for one in _absolute_datasets(entry, base, pins)]
    return replace(
        spec,
        datasets=tuple(entry for at, entry in enumerate(data) if entry not in data[:at]),
        models=tuple(_absolute_model(entry, base) for entry in spec.models),
        classifiers=tuple(
            replace(one, name=_absolute_plugin(one.name, base)) if one.is_file else one
            for one in spec.classifiers
        ),
    )


def _absolute_datasets(entry: DatasetSpec, base: Path, pins: bool) -> list[DatasetSpec]:
    if is_hub(entry.path):
        return [pinned(entry) if pins else entry]
    return [replace(entry, path=os.path.normpath(path)) for path in resolve(entry, base)]


def _absolute_model(entry: ModelSpec, base: Path) -> ModelSpec:
    tokenizer = entry.tokenizer and _absolute_folder(entry.tokenizer, base)
    return replace(entry, model=_absolute_folder(entry.model, base), tokenizer=tokenizer)


def _absolute_folder(name: str, base: Path) -> str:
    path = base / Path(name).expanduser()
    return os.path.normpath(path) if path.is_dir() else name


def _absolute_plugin(name: str, base: Path) -> str:
    file, _, cls = name.rpartition(":")
    return f"{os.path.normpath(base / Path(file).expanduser())}:{cls}"
