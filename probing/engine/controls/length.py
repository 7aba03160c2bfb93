"""The length control: the classifier on how long each text is, and on nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from probing.engine.controls.given import Given, Made
from probing.engine.models import Continuations


def lengths(given: Given) -> Made:
    """The classifier with two features: tokens (as the model reads them) and characters.

    Where the model continues the texts, these and the same two of what it adds.
    """
    assert given.tokens is not None and given.classifier is not None
    n_tokens = given.tokens().row_lengths.numpy()
    return given.classifier, sizes(n_tokens, given.texts, given.behind)


def sizes(
    n_tokens: NDArray[np.int64], texts: Sequence[str], behind: Continuations | None
) -> NDArray[np.float32]:
    """Tokens and characters of texts, `[n_texts, 2]`, or with those of continuations `[n, 4]`."""
    columns: list[Any] = [n_tokens, [len(text) for text in texts]]
    if behind is not None:
        columns += [behind.lengths, [len(text) for text in behind.texts]]
    return np.stack(columns, axis=1).astype(np.float32)
