"""The dataset of a saved probe, read again."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from probing import datasets
from probing.datasets import TextDataset
from probing.errors import ProbeError
from probing.interventions.held_out import spec_of_run
from probing.probes import Card
from probing.spec import DatasetSpec, read_entry

_PARTS = ("value", "output")  # of an entry that stands for several datasets


def dataset_of(
    card: Card, probe: Path, *, limit: int | None = None, n_folds: int = 1, seed: int = 0
) -> TextDataset:
    """The dataset as the probe at `probe` was fitted to it, or a part of it where there is a limit.

    Without one the rows are those that its run drew; a limit draws others by `seed`, and leaves
    enough texts of each class for `n_folds`. Raises `ProbeError` where its texts or targets are
    others now.
    """
    if any(key in card.dataset.entry for key in _PARTS):
        what = "was fitted to one of several targets of a dataset, which cannot be read again alone"
        raise ProbeError(what, where=card.name, hint="fit it to a dataset with this target alone")
    entry = read_entry(dict(card.dataset.entry), DatasetSpec, "path", card.name)
    if limit is None:
        spec = spec_of_run(probe)
        seed, n_folds = (seed, n_folds) if spec is None else (spec.seed, spec.n_class_folds)
    else:
        entry = dataclasses.replace(entry, limit=limit)
    data = datasets.load(entry, Path(card.dataset.path), seed, n_folds)
    # of a limit the rows depend on the run, which may be gone
    if not entry.limit and data.sha256 != card.dataset.sha256:
        what = f"was fitted to other texts or targets than those of {card.dataset.path} now"
        raise ProbeError(what, where=card.name, hint="fit it again")
    return data


def other_dataset(
    card: Card, path: Path, *, limit: int | None = None, n_folds: int = 1, seed: int = 0
) -> TextDataset:
    """Another dataset, read in the template of the probe's own; raises `DatasetError`."""
    said = {"path": str(path), **card.dataset.wording}
    entry = read_entry(said, DatasetSpec, "path", card.name)
    return datasets.load(dataclasses.replace(entry, limit=limit), path, seed, n_folds)


def generated(card: Card) -> int:
    """How many tokens at most the model continues the texts of a probe by; 0 for none."""
    return int(card.dataset.entry.get("generate") or 0)
