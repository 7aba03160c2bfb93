"""Sinks: where a pass stores the features that it pools, batch by batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from probing.errors import SpecError
from probing.spec import PoolerSpec

_FLOAT_BYTES = 4


@dataclass(frozen=True)
class Shape:
    """What a pooler makes of a text: so many cells of `[n_samples, width]` float32 each.

    Where it `is_ragged`, that is what it makes of a token.
    """

    n_cells: int
    n_samples: int
    width: int
    is_ragged: bool = False

    @property
    def row_bytes(self) -> int:
        """The bytes of one text in one cell."""
        return self.n_samples * self.width * _FLOAT_BYTES


class Sink(Protocol):
    """Takes the features of a pass, each text that is run once and in any order."""

    def begin(self, n_texts: int, n_run: int, shapes: Mapping[PoolerSpec, Shape]) -> None:
        """Make ready for `n_run` of `n_texts` texts; called once, before the first `put`."""

    def put(
        self,
        rows: NDArray[np.int64],
        parts: Mapping[PoolerSpec, torch.Tensor],
        counts: Mapping[PoolerSpec, torch.Tensor],
    ) -> None:
        """Take the texts `rows`: `[n_cells, len(rows), n_samples, width]` on the CPU.

        Of a ragged pooler `[n_cells, n_tokens, 1, width]`, of which each text has so many as its
        `counts` `[len(rows)]` say.
        """

    def spread(self, source: NDArray[np.int64]) -> None:
        """Give each text the features of the text `source[text]`; called once, at the end."""


class InMemory:
    """Keeps `[n_cells, n_texts, n_samples, width]` of every pooler as a tensor."""

    def __init__(self) -> None:
        self.features: dict[PoolerSpec, torch.Tensor] = {}

    def begin(self, n_texts: int, n_run: int, shapes: Mapping[PoolerSpec, Shape]) -> None:
        """Allocate the tensors."""
        for spec, shape in shapes.items():
            if shape.is_ragged:
                what = 'pool = "tokens" is streamed into a sink, not kept in memory'
                raise SpecError(what, where="pool", hint="give extract a sink: Staging([folder])")
            size = shape.n_cells, n_texts, shape.n_samples, shape.width
            self.features[spec] = torch.empty(size)

    def put(
        self,
        rows: NDArray[np.int64],
        parts: Mapping[PoolerSpec, torch.Tensor],
        counts: Mapping[PoolerSpec, torch.Tensor],
    ) -> None:
        """Put the vectors where their texts are."""
        at = torch.from_numpy(rows)
        for spec, part in parts.items():
            self.features[spec][:, at] = part

    def spread(self, source: NDArray[np.int64]) -> None:
        """Copy the vectors of repeated texts."""
        repeated = np.flatnonzero(source != np.arange(len(source)))
        for features in self.features.values():
            features[:, repeated] = features[:, source[repeated]]
