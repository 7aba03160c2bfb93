"""Texts that come more than once, and those among them whose labels disagree."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from probing.audit.findings import Finding, examples_of
from probing.audit.material import Material

MANY = 0.1  # of the rows repeat a text: some texts weigh much more than others
DISAGREEING = 0.01


def duplicates(material: Material) -> Iterator[Finding]:
    """Rows that repeat an earlier text, and rows whose text has another label elsewhere."""
    texts, n_rows = material.same_texts, len(material)
    _, firsts = np.unique(texts, return_index=True)
    n_repeated = n_rows - len(firsts)
    if not n_repeated:
        return
    repeated = np.flatnonzero(np.bincount(texts)[texts] > 1)
    in_order = repeated[np.argsort(texts[repeated], kind="stable")]
    yield Finding(
        "duplicates",
        "warning" if n_repeated >= MANY * n_rows else "note",
        f"duplicates: {n_repeated:,} of {n_rows:,} rows repeat a text",
        n_repeated,
        examples_of(material.dataset, in_order.tolist()),
        "equal texts share a fold; remove repeats if each text should count once",
    )
    rows = in_order[_disagree(texts, material.targets)[texts[in_order]]]
    if len(rows):
        yield Finding(
            "duplicates_disagree",
            "warning" if len(rows) >= DISAGREEING * n_rows else "note",
            f"duplicates disagree: {len(rows):,} rows share a text but not its label",
            len(rows),
            examples_of(material.dataset, rows.tolist()),
            "no probe can get all of them right; correct or remove them",
        )


def _disagree(texts: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Whether each text has more than one target."""
    pairs = np.unique(np.stack([texts.astype(np.float64), targets.astype(np.float64)]), axis=1)
    return np.bincount(pairs[0].astype(np.int64)) > 1
