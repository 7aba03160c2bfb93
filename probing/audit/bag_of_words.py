"""Labels that follow which words a text has, whatever their order."""

from __future__ import annotations

import numpy as np

from probing.audit.findings import Finding, Severity, examples_of
from probing.audit.held_out import Shortcut, score_of
from probing.audit.material import Material

MOST_CLASSES = 100
WARNED = 0.5  # of what a constant gets wrong


def follows_words(material: Material) -> Shortcut | None:
    """Whether naive Bayes on the words of a text tells its class."""
    if material.is_regression or material.n_classes > MOST_CLASSES:
        return None
    by_words = material.by_words
    weights = material.class_weights[by_words.classes[by_words.rows]]
    right = float(weights[by_words.is_right].sum() / max(weights.sum(), 1e-12))
    score = score_of(material, right)
    if not score.is_clear:
        return None
    severity: Severity = "warning" if score.gain >= WARNED else "note"
    rows = by_words.rows[np.flatnonzero(by_words.is_right)]
    finding = Finding(
        "label_follows_words",
        severity,
        f"label follows the words: {score.told}",
        len(rows),
        examples_of(material.dataset, rows.tolist()),
        "naive Bayes on the words of a text, without their order, predicts that much; "
        "compare with the control bag_of_words",
    )
    return Shortcut(score, finding)
