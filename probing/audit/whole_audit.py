"""The whole audit: every kind of finding, the warnings first."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from probing.audit.columns import group_columns, telling_columns
from probing.audit.contrasts import below_chance
from probing.audit.duplicates import duplicates
from probing.audit.findings import Finding
from probing.audit.groups import divided_groups, groups
from probing.audit.imbalance import imbalance, outliers
from probing.audit.material import Material
from probing.audit.near_duplicates import near_duplicates
from probing.audit.shortcuts import shortcuts
from probing.audit.target_in_text import target_in_text
from probing.audit.wordings import few_wordings
from probing.audit.words import MOST_CHARACTERS
from probing.datasets import TextDataset
from probing.datasets.rows.limiting import limited
from probing.errors import DatasetError

Part = Callable[[Material], Iterator[Finding]]

OF_ALL_ROWS: tuple[Part, ...] = (
    duplicates,
    near_duplicates,
    groups,
    divided_groups,
    imbalance,
    outliers,
)
OF_WORDS: tuple[Part, ...] = (
    below_chance,
    group_columns,
    few_wordings,
    telling_columns,
    target_in_text,
    shortcuts,
)
MOST_READ = 50_000_000  # characters whose words are looked at; of more a sample of whole groups


def audit(dataset: TextDataset) -> tuple[Finding, ...]:
    """What would invalidate a split of `dataset`, or weaken a claim: warnings, then notes."""
    whole = Material(dataset)
    read = Material(_sample(dataset))
    found = [each for part in OF_ALL_ROWS for each in part(whole)]
    found += [each for part in OF_WORDS for each in part(read)]
    return tuple(sorted(found, key=lambda one: not one.is_warning))


def _sample(dataset: TextDataset) -> TextDataset:
    n_read = sum(min(len(text), MOST_CHARACTERS) for text in dataset.marked)
    if n_read <= MOST_READ:
        return dataset
    try:
        return limited(dataset, int(len(dataset) * MOST_READ / n_read), seed=0, n_folds=1)
    except DatasetError:  # groups so large that a sample would lose a class
        return dataset
