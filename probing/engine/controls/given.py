"""What a control that needs no activations is made of, and what it makes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from probing.engine.blocks import Block, FoldFailure, FoldFit
from probing.engine.models import Continuations, Tokens


class Fits(Protocol):
    """What fits a block, as a classifier does."""

    def fit(self, block: Block) -> Iterable[FoldFit | FoldFailure]:
        """Fit all layers, labellings and folds."""
        ...


@dataclass(frozen=True)
class Given:
    """The texts (or what rows mark in them), their tokens as the control's model reads them, and
    the control's classifier.

    `tokens` and `classifier` are there for a control that has a model, or a classifier; `behind` is
    what that model continues each text by, None where it does not.
    """

    texts: Sequence[str]
    tokens: Callable[[], Tokens] | None = None
    classifier: Fits | None = None
    behind: Continuations | None = None

    @property
    def whole(self) -> Sequence[str]:
        """The texts with what they are continued by."""
        if self.behind is None:
            return self.texts
        both = zip(self.texts, self.behind.texts, strict=True)
        return [f"{text}\n{said}" for text, said in both]


Made = tuple[Fits, NDArray[np.float32]]
"""What fits, and its features `[n_texts, d]`; `d` is 0 where it looks at none."""


def no_features(given: Given) -> NDArray[np.float32]:
    """For what looks at no features."""
    return np.empty((len(given.texts), 0), dtype=np.float32)
