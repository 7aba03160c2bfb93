"""Heads of one place side by side: linear ones are a single product."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from probing.engine.classifiers.heads.linear import LinearHead

Head = Callable[[Tensor], Tensor]
"""Outputs `[n, n_outputs]` in float64 of features `[n, width]` in float32."""


class SideBySide:
    """Heads of one place, of which each has so many outputs as `widths` say.

    `columns` are those of each head among the outputs of all.
    """

    def __init__(self, heads: Sequence[Head], widths: Sequence[int]) -> None:
        linear = [at for at, one in enumerate(heads) if isinstance(one, LinearHead)]
        others = [at for at in range(len(heads)) if at not in linear]
        order = [*linear, *others]
        self._heads: list[Head] = [heads[at] for at in others]
        joined = [one for one in heads if isinstance(one, LinearHead)]
        if joined:
            self._heads.insert(0, LinearHead.joined(joined))
        starts = np.cumsum([0, *(widths[at] for at in order)])
        self.columns = {
            at: slice(int(starts[place]), int(starts[place + 1])) for place, at in enumerate(order)
        }

    def __call__(self, features: Tensor) -> Tensor:
        """The outputs of all heads, `[n, n_outputs]`."""
        made = [head(features) for head in self._heads]
        return made[0] if len(made) == 1 else torch.cat(made, 1)
