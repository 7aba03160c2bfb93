"""What the files of the datasets say before any work: odd targets, rows left out, small classes."""

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


def too_small(dataset: NamedDataset, spec: Spec) -> str:
    """Why no fold of a dataset can be cut, or nothing: its smallest class has too few groups."""
    facts, n_folds = dataset.facts, spec.n_class_folds
    small = [
        (n_groups, name, n_texts)
        for n_groups, (name, n_texts) in zip(facts.class_groups, facts.class_counts, strict=False)
        if n_groups < n_folds
    ]
    if not small:
        return _too_few_groups(dataset, spec)
    n_groups, name, n_texts = min(small)
    others = f" and {len(small) - 1:,} other classes" if len(small) > 1 else ""
    count = (
        f"{n_texts:,} texts" if n_texts == n_groups else f"{n_texts:,} texts in {n_groups:,} groups"
    )
    return (
        f"all cells of {dataset.name} will fail: class {name!r}{others} has too few texts for "
        f"{n_folds} folds ({count}); set min_class = {n_folds} or lower n_folds"
    )


def _too_few_groups(dataset: NamedDataset, spec: Spec) -> str:
    n_groups = dataset.facts.n_groups
    if spec.split != "kfold" or n_groups >= spec.n_folds or not n_groups:
        return ""
    return (
        f"all cells of {dataset.name} will fail: {n_groups:,} groups of texts are too few for "
        f"{spec.n_folds} folds; lower n_folds"
    )
