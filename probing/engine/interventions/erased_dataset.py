"""The dataset of a saved probe, whose target is erased."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from probing import datasets
from probing.datasets import TextDataset
from probing.errors import DatasetError, ProbeError
from probing.interventions.requests import Erase
from probing.probes import Card
from probing.spec import DatasetSpec, read_entry

_PARTS = ("value", "output")  # of an entry that stands for several datasets


def dataset_of(card: Card, request: Erase) -> TextDataset:
    """The dataset as the probe was fitted to it, or a part of it where there is a limit.

    Raises `ProbeError` where its texts or targets are others now, and for a target that has no
    classes.
    """
    if any(key in request.dataset for key in _PARTS):
        what = "was fitted to one of several targets of a dataset, which cannot be read again alone"
        raise ProbeError(what, where=card.name, hint="fit it to a dataset with this target alone")
    entry = read_entry(dict(request.dataset), DatasetSpec, "path", card.name)
    if request.limit is not None:
        entry = dataclasses.replace(entry, limit=request.limit)
    data = datasets.load(entry, Path(request.path), request.seed, request.n_folds)
    if request.limit is None and data.sha256 != card.dataset.sha256 and not entry.limit:
        what = f"was fitted to other texts or targets than those of {request.path} now"
        raise ProbeError(what, where=card.name, hint="fit it again")
    if data.task == "regression":
        what = "its target is a number, and erasing counts how often a new probe is right"
        raise DatasetError(what, where=data.name, hint="erase a target of classes")
    return data
