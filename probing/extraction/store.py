"""Pooled features of all texts on the CPU, filled batch by batch from the device."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch

from probing.spec import PoolerSpec

Layers = tuple[int, ...]


@dataclass(frozen=True)
class _Arriving:
    """A batch on its way from the device."""

    rows: torch.Tensor
    parts: dict[PoolerSpec, torch.Tensor]
    fallbacks: dict[PoolerSpec, torch.Tensor]
    arrived: torch.cuda.Event | None


class FeatureStore:
    """Collects `[n_cells, n_texts, n_samples, features]` in float32 for every pooler.

    A batch from a GPU is copied through pinned memory while the next one runs.
    """

    def __init__(
        self, n_texts: int, cells: Mapping[PoolerSpec, Sequence[Layers]], model: str
    ) -> None:
        self.n_texts, self.cells, self.model = n_texts, cells, model
        self.features: dict[PoolerSpec, torch.Tensor] = {}
        self.fallbacks = {spec: torch.zeros(n_texts, dtype=torch.bool) for spec in cells}
        self._arriving: _Arriving | None = None

    def put(
        self,
        rows: Sequence[int],
        pooled: Mapping[PoolerSpec, torch.Tensor],
        fallbacks: Mapping[PoolerSpec, torch.Tensor],
    ) -> None:
        """Take the pooled vectors of the texts `rows`."""
        parts = {spec: _staged(part) for spec, part in pooled.items()}
        marks = {spec: _staged(mark) for spec, mark in fallbacks.items()}
        devices = {part.device for part in pooled.values()}
        arrived = _marked(next((one for one in devices if one.type == "cuda"), None))
        self.settle()
        self._arriving = _Arriving(torch.as_tensor(rows), parts, marks, arrived)

    def settle(self) -> None:
        """Wait for the batch that is on its way, and keep it.

        Raises `CellError` naming the first layer whose features are not finite.
        """
        batch, self._arriving = self._arriving, None
        if batch is None:
            return
        if batch.arrived is not None:
            batch.arrived.synchronize()
        for spec, part in batch.parts.items():
            if spec not in self.features:
                self.features[spec] = torch.empty(len(part), self.n_texts, *part.shape[2:])
            self.features[spec][:, batch.rows] = part
            self.fallbacks[spec][batch.rows] = batch.fallbacks[spec]

    def spread(self, source: torch.Tensor) -> None:
        """Give repeated texts the features of the text that stands for them, `source[text]`."""
        repeated = (source != torch.arange(self.n_texts)).nonzero().flatten()
        for spec, features in self.features.items():
            features[:, repeated] = features[:, source[repeated]]
            self.fallbacks[spec][repeated] = self.fallbacks[spec][source[repeated]]


def _marked(device: torch.device | None) -> torch.cuda.Event | None:
    """An event behind all copies from `device`: on its own stream, which need not be GPU 0's."""
    if device is None:
        return None
    event = torch.cuda.Event()  # type: ignore[no-untyped-call]
    event.record(torch.cuda.current_stream(device))
    return event


def _staged(part: torch.Tensor) -> torch.Tensor:
    if part.device.type != "cuda":
        return part.cpu()
    pinned = torch.empty(part.shape, dtype=part.dtype, pin_memory=True)
    return pinned.copy_(part, non_blocking=True)
