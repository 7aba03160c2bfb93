"""The dataset that a run read, read again from its file, if that holds the same still."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from probing import datasets
from probing.datasets import TextDataset
from probing.errors import ProbingError, RunError
from probing.logs import RunView
from probing.logs.folders.plain_files import read_bytes
from probing.spec import DatasetSpec


def read_again(view: RunView, name: str) -> TextDataset:
    """The dataset of that name in a run's plan.

    Raises `RunError` where its file is gone, cannot be read, or holds other texts, targets or
    groups than the run read, by the SHA-256 that its plan keeps.
    """
    planned = _planned(view, name)
    path, digest = Path(str(planned["path"])), planned.get("sha256")
    problem = "no entry of the spec reads it"
    try:
        spec = view.run.read_spec()
        for part, own in _entries(spec.datasets, path, view.run.path):
            data = datasets.load(part, own, spec.seed, spec.n_class_folds)
            if data.sha256 == digest:
                return data
            problem = "its content has changed since the run read it"
    except ProbingError as error:
        raise RunError(error.what, where=error.where or str(path), hint=error.hint) from None
    except OSError as error:
        problem = f"cannot be read ({error.strerror})"
    raise RunError(problem, where=str(path), hint="put the file back as it was, or run anew")


def _planned(view: RunView, name: str) -> Mapping[str, Any]:
    """What the plan tells of a dataset."""
    path = view.run.plan
    try:
        plan = json.loads(read_bytes(path))
        return next(one for one in plan["datasets"] if one["name"] == name)
    except OSError as error:
        raise RunError(f"cannot be read ({error.strerror})", where=str(path)) from None
    except (ValueError, KeyError, TypeError, StopIteration):
        raise RunError(f"does not tell of the dataset {name!r}", where=str(path)) from None


def _entries(
    entries: tuple[DatasetSpec, ...], path: Path, base: Path
) -> Iterator[tuple[DatasetSpec, Path]]:
    """The parts of entries that read the file at `path`."""
    for entry in entries:
        for own in datasets.resolve(entry, base):
            if own == path:
                for part in datasets.parts_of(entry, own):
                    yield part, own
