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
from probing.datasets import TextDataset

PARTS: tuple[Callable[[Material], Iterator[Finding]], ...] = (
    duplicates,
    near_duplicates,
    groups,
    divided_groups,
    below_chance,
    group_columns,
    few_wordings,
    telling_columns,
    target_in_text,
    shortcuts,
    imbalance,
    outliers,
)

Progress = Callable[[int, int], None]


def audit(dataset: TextDataset, progress: Progress | None = None) -> tuple[Finding, ...]:
    """What would invalidate a split of `dataset`, or weaken a claim: warnings, then notes.

    `progress` is told how many parts are done, of how many.
    """
    material, found = Material(dataset), list[Finding]()
    for at, part in enumerate(PARTS):
        if progress is not None:
            progress(at, len(PARTS))
        found += part(material)
    return tuple(sorted(found, key=lambda one: not one.is_warning))
