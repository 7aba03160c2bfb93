"""The dataset that stands in the place of a probe's own."""

from __future__ import annotations

from pathlib import Path

from probing import datasets
from probing.datasets.stamps import stamp
from probing.errors import SpecError
from probing.spec import DatasetSpec
from tui.texts.of_runs.plans import counted


def dataset_at(name: str) -> str:
    """The path of a dataset, by path or name; raises `SpecError` for several."""
    found = datasets.resolve(DatasetSpec(name), Path())
    if len(found) > 1:
        what = f"{name!r} means {counted(len(found), 'dataset')}"
        raise SpecError(what, where="--data", hint=f"name one of them, such as {found[0]}")
    return str(found[0].absolute())


def stamp_of(path: str) -> str:
    """What tells when the file of a dataset has changed; empty without one."""
    return str(stamp(Path(path))) if path else ""
