"""The length control: the classifier on how long each text is, and on nothing else."""

from __future__ import annotations

import numpy as np

from probing.engine.controls.given import Given, Made


def lengths(given: Given) -> Made:
    """The classifier with two features: tokens (as the model reads them) and characters."""
    assert given.tokens is not None and given.classifier is not None
    n_tokens = given.tokens().row_lengths.numpy()
    n_characters = [len(text) for text in given.texts]
    return given.classifier, np.stack([n_tokens, n_characters], axis=1).astype(np.float32)
