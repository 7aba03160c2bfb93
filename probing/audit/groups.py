"""How many groups there are, which scores rest on, and whether a given split cuts them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from probing.audit.findings import Finding, examples_of
from probing.audit.material import Material

FEW, FEW_OF_A_CLASS = 40, 20
FEWEST_ROWS = 2.0  # of a group, on average


def groups(material: Material) -> Iterator[Finding]:
    """The number of groups, where it is well below that of rows."""
    n_groups, n_rows = material.n_groups, len(material)
    if not material.dataset.has_groups or n_rows < FEWEST_ROWS * n_groups:
        return
    least = material.class_groups.min() if material.n_classes else n_groups
    few = n_groups < FEW or least < FEW_OF_A_CLASS
    told = f", a class in {least:,}" if least < n_groups else ""
    what = "few groups" if few else "groups"
    order = np.argsort(material.dataset.groups, kind="stable")
    yield Finding(
        "few_groups" if few else "groups",
        "warning" if few else "note",
        f"{what}: {n_groups:,} in {n_rows:,} rows{told}",
        n_groups,
        examples_of(material.dataset, order.tolist()),
        _meaning(material),
    )


def _meaning(material: Material) -> str:
    if material.n_groups == 1:
        return (
            "no split can keep it whole and have texts both to train and to test on; "
            "name another column with group"
        )
    pure = " and each has one label" if _is_pure(material) else ""
    return (
        f"a random split of rows would tear them apart; ours keep them whole{pure}, "
        "so scores rest on the number of groups, not of rows"
    )


def _is_pure(material: Material) -> bool:
    if material.is_regression:
        return False
    return int(material.class_groups.sum()) == material.n_groups


def divided_groups(material: Material) -> Iterator[Finding]:
    """Groups on both sides of the split that the file gives."""
    splits, groups = material.dataset.splits, material.dataset.groups
    if splits is None:
        return
    parts = np.unique(np.asarray(splits), return_inverse=True)[1]
    n_parts = np.bincount(np.unique(groups * 3 + parts) // 3)
    divided = np.flatnonzero(n_parts > 1)
    if not len(divided):
        return
    rows = np.flatnonzero(np.isin(groups, divided))
    rows = rows[np.argsort(groups[rows], kind="stable")]
    yield Finding(
        "split_divides_groups",
        "note",
        f"given split divides groups: {len(divided):,} of {material.n_groups:,}",
        len(divided),
        examples_of(material.dataset, rows.tolist()),
        'texts that belong together stand on both sides; with split = "given" scores may be too '
        "high",
    )
