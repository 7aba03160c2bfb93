"""What the files of the datasets say before any work: odd targets, rows left out."""

from __future__ import annotations

from collections.abc import Iterator

from probing.plan.types import NamedDataset


def notes_on(dataset: NamedDataset) -> Iterator[str]:
    """Sentences on how a dataset was read, each with its name."""
    for why, n_rows in dataset.facts.dropped:
        yield f"{dataset.name}: {n_rows:,} rows left out ({why})"
    for note in dataset.facts.notes:
        yield f"{dataset.name}: {note}"
