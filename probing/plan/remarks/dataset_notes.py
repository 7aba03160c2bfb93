"""What the files of the datasets say before any work: odd targets, rows left out."""

from __future__ import annotations

from collections.abc import Iterator

from probing.plan.types import NamedDataset
from probing.spec import Spec


def notes_on(dataset: NamedDataset) -> Iterator[str]:
    """Sentences on how a dataset was read, each with its name."""
    for why, n_rows in dataset.facts.dropped:
        yield f"{dataset.name}: {n_rows:,} rows left out ({why})"
    for note in dataset.facts.notes:
        yield f"{dataset.name}: {note}"


def unanswered(dataset: NamedDataset, spec: Spec) -> Iterator[str]:
    """What a spec asks for that only classes have, where the targets are numbers."""
    if dataset.facts.task != "regression":
        return
    asked = {
        "description_length": spec.description_length,
        "conditional_on": spec.conditional_on != "none",
    }
    for key in (key for key, is_asked in asked.items() if is_asked):
        yield f"{key} is left out on {dataset.name}: it does not support regression"
