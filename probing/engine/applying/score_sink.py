"""A sink of a pass that keeps what probes make of features, never the features."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import torch
from numpy.typing import NDArray

from probing.engine.classifiers.heads.token_texts import TextsSideBySide
from probing.engine.extraction.sinks import Shape
from probing.spec import PoolerSpec

Made = Callable[[torch.Tensor], torch.Tensor]
"""Outputs `[n, n_outputs]` of features `[n, width]`."""


class ScoreSink:
    """Keeps the outputs of `heads`, one for each pooler of the pass, of every text.

    `outputs` hold for a pooler float64 `[n_texts, n_outputs]`; for one that keeps every token a
    list of `[n_tokens, n_outputs]`, one for each text.
    """

    def __init__(self, heads: Mapping[PoolerSpec, Made]) -> None:
        self.heads = heads
        self.outputs: dict[PoolerSpec, NDArray[np.float64] | list[NDArray[np.float64]]] = {}
        self._n_texts = 0

    def begin(self, n_texts: int, n_run: int, shapes: Mapping[PoolerSpec, Shape]) -> None:
        """Nothing is known yet of the number of outputs."""
        self._n_texts = n_texts

    def put(
        self,
        rows: NDArray[np.int64],
        parts: Mapping[PoolerSpec, torch.Tensor],
        counts: Mapping[PoolerSpec, torch.Tensor],
    ) -> None:
        """Take the features of some texts to their outputs."""
        for spec, part in parts.items():
            head, features = self.heads[spec], part[0, :, 0]
            if isinstance(head, TextsSideBySide):
                made = head.of_texts(features, counts[spec]).numpy()
            else:
                made = head(features).numpy()
            if spec.reads_tokens and not isinstance(head, TextsSideBySide):
                ends = np.cumsum(counts[spec].numpy())[:-1]
                held = self.outputs.setdefault(spec, [np.empty(0)] * self._n_texts)
                for row, own in zip(rows.tolist(), np.split(made, ends), strict=True):
                    held[row] = own
            else:
                empty = np.empty((self._n_texts, made.shape[1]))
                self.outputs.setdefault(spec, empty)[rows] = made

    def spread(self, source: NDArray[np.int64]) -> None:
        """Give repeated texts the outputs of the one that was run."""
        for spec, held in self.outputs.items():
            if isinstance(held, list):
                self.outputs[spec] = [held[at] for at in source.tolist()]
            else:
                self.outputs[spec] = held[source]
