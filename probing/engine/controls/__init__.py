"""Controls that need no activations: what each is fitted with."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from probing.engine.blocks import Block, FoldFailure, FoldFit
from probing.engine.controls.majority import Majority


class Fits(Protocol):
    """What fits a block, as a classifier does."""

    def fit(self, block: Block) -> Iterable[FoldFit | FoldFailure]:
        """Fit all layers, labellings and folds."""
        ...


TEXT_CONTROLS: dict[str, Callable[[], Fits]] = {"majority": Majority}

__all__ = ["TEXT_CONTROLS", "Fits", "Majority"]
