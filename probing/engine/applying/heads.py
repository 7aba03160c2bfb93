"""What makes outputs of features: of all linear probes at one place a single product."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from probing.errors import ProbeError
from probing.probes import Card

Head = Callable[[Tensor], Tensor]


class LinearHead:
    """Outputs `features @ weights.T + bias` in float64, `[n, n_outputs]` of `[n, width]`."""

    def __init__(self, weights: NDArray[Any], bias: NDArray[Any]) -> None:
        self.weights = torch.from_numpy(np.array(weights, dtype=np.float64)).T.contiguous()
        self.bias = torch.from_numpy(np.array(bias, dtype=np.float64))

    def __call__(self, features: Tensor) -> Tensor:
        """The outputs of features."""
        return torch.addmm(self.bias, features.double(), self.weights)

    @classmethod
    def joined(cls, heads: Sequence[LinearHead]) -> LinearHead:
        """Several heads as one, their outputs side by side."""
        made = cls.__new__(cls)
        made.weights = torch.cat([one.weights for one in heads], 1)
        made.bias = torch.cat([one.bias for one in heads])
        return made


class SideBySide:
    """Heads of one place, their outputs side by side; linear ones are a single product."""

    def __init__(self, heads: Sequence[Head], widths: Sequence[int]) -> None:
        linear = [at for at, one in enumerate(heads) if isinstance(one, LinearHead)]
        others = [at for at in range(len(heads)) if at not in linear]
        order = [*linear, *others]
        self._heads: list[Head] = [heads[at] for at in others]
        if linear:
            self._heads.insert(0, LinearHead.joined([heads[at] for at in linear]))  # type: ignore[misc]
        starts = np.cumsum([0, *(widths[at] for at in order)])
        self.columns = {
            at: slice(int(starts[place]), int(starts[place + 1])) for place, at in enumerate(order)
        }
        """The columns of each head."""

    def __call__(self, features: Tensor) -> Tensor:
        """The outputs of all heads, `[n, n_outputs]`."""
        made = [head(features) for head in self._heads]
        return made[0] if len(made) == 1 else torch.cat(made, 1)


def head_of(card: Card, arrays: Mapping[str, NDArray[Any]], where: str) -> Head:
    """The head of a saved probe; raises `ProbeError` for arrays that are not those of its card."""
    if card.kind != "linear":
        raise ProbeError(f"kind = {card.kind!r} is not known", where=where)
    shapes = {"weights": (card.n_outputs, card.place.width), "bias": (card.n_outputs,)}
    for name, shape in shapes.items():
        found = getattr(arrays.get(name), "shape", None)
        if found != shape:
            what = f"its {name} have the shape {found}, not {shape}"
            raise ProbeError(what, where=where, hint="save it again")
    return LinearHead(arrays["weights"], arrays["bias"])
