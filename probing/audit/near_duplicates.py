"""Near-duplicates: texts that share four fifths of their character 5-grams, or all but a word."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from probing.audit.findings import Finding, examples_of
from probing.audit.material import Ints, Material

MANY_APART = 0.05  # of the rows
OPPOSED = 0.5


def near_duplicates(material: Material) -> Iterator[Finding]:
    """Rows that nearly repeat another text: in one fold with it, or not."""
    links, groups = material.dataset.near, material.dataset.groups
    texts = material.same_texts
    links = links[texts[links[:, 0]] != texts[links[:, 1]]]
    apart = groups[links[:, 0]] != groups[links[:, 1]]
    if len(links[~apart]):
        rows = np.unique(links[~apart])
        yield Finding(
            "near_duplicates_together",
            "note",
            f"near-duplicates: {len(rows):,} rows share a fold with a text almost like theirs",
            len(rows),
            examples_of(material.dataset, links[~apart].reshape(-1).tolist()),
            _on_labels(material, links[~apart]),
        )
    if len(links[apart]):
        yield _apart(material, links[apart])


def _apart(material: Material, links: Ints) -> Finding:
    rows = np.unique(links)
    why = (
        "the groups of the file keep them apart"
        if material.dataset.has_given_groups
        else "so many are chained that joining them would leave too few groups"
    )
    return Finding(
        "near_duplicates_apart",
        "warning" if len(rows) >= MANY_APART * len(material) else "note",
        f"near-duplicates apart: {len(rows):,} of {len(material):,} rows are almost like a text "
        "of another fold",
        len(rows),
        examples_of(material.dataset, links.reshape(-1).tolist()),
        f"{why}; name a column that keeps them together with group{_and(material, links)}",
    )


def _and(material: Material, links: Ints) -> str:
    told = _on_labels(material, links)
    return f"; {told}" if told else ""


def _on_labels(material: Material, links: Ints) -> str:
    """How many of the pairs differ in their label, where most do."""
    targets = material.targets
    differing = float((targets[links[:, 0]] != targets[links[:, 1]]).mean())
    if material.is_regression or differing < OPPOSED:
        return ""
    return f"{round(100 * differing)} % of these pairs have different labels"
