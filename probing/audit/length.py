"""Labels that follow the length of the text."""

from __future__ import annotations

import numpy as np

from probing.audit.findings import Finding, examples_of
from probing.audit.held_out import Shortcut, binned, of_values
from probing.audit.material import Material

N_BINS = 20
FEWEST_IN_BIN = 20


def follows_length(material: Material) -> Shortcut | None:
    """Whether the number of characters or of words alone tells the target."""
    texts = material.dataset.marked
    lengths = {
        "characters": np.fromiter(map(len, texts), np.float64, len(texts)),
        "words": material.words.counts.astype(np.float64),
    }
    found = {
        unit: of_values(material, binned(counts, N_BINS, FEWEST_IN_BIN))
        for unit, counts in lengths.items()
    }
    unit = max(found, key=lambda each: found[each].score)
    if not found[unit].is_clear:
        return None
    order = np.argsort(lengths[unit], kind="stable")
    finding = Finding(
        "label_follows_length",
        "warning",
        f"label follows length: {found[unit].told}",
        len(texts),
        examples_of(material.dataset, order[[0, 1, -2, -1]].tolist()),
        f"the number of {unit} alone predicts that much; compare with a control of length, "
        "or match the lengths of the classes",
    )
    return Shortcut(found[unit], finding)
