"""Copy pooled features from the device to the host, batch by batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from probing.engine.extraction.sinks import Shape, Sink
from probing.spec import PoolerSpec


@dataclass(frozen=True)
class _Arriving:
    """A batch on its way from the device."""

    rows: NDArray[np.int64]
    parts: dict[PoolerSpec, torch.Tensor]
    fallbacks: dict[PoolerSpec, torch.Tensor]
    counts: dict[PoolerSpec, torch.Tensor]
    arrived: torch.cuda.Event | None


class FeatureStore:
    """Hands what is pooled to `sink`, in float32 and `[n_cells, batch, n_samples, features]`.

    `source` `[n_texts]` is the text that is run in each one's place. A batch from a GPU is copied
    through pinned memory while the next one runs.
    """

    def __init__(
        self, source: NDArray[np.int64], poolers: Sequence[PoolerSpec], sink: Sink
    ) -> None:
        self.source, self.sink = source, sink
        self.fallbacks = {spec: np.zeros(len(source), dtype=np.bool_) for spec in poolers}
        self._arriving: _Arriving | None = None
        self._is_begun = False

    def put(
        self,
        rows: NDArray[np.int64],
        pooled: Mapping[PoolerSpec, torch.Tensor],
        fallbacks: Mapping[PoolerSpec, torch.Tensor],
        counts: Mapping[PoolerSpec, torch.Tensor],
    ) -> None:
        """Take the pooled vectors of the texts `rows`; `counts` as a sink does."""
        parts = {spec: _staged(part) for spec, part in pooled.items()}
        marks = {spec: _staged(mark) for spec, mark in fallbacks.items()}
        devices = {part.device for part in pooled.values()}
        arrived = _marked(next((one for one in devices if one.type == "cuda"), None))
        self.settle()
        self._arriving = _Arriving(rows, parts, marks, dict(counts), arrived)

    def finish(self) -> None:
        """Keep the last batch, and give repeated texts the features of the one that was run."""
        self.settle()
        self.sink.spread(self.source)
        for spec, marks in self.fallbacks.items():
            self.fallbacks[spec] = marks[self.source]

    def settle(self) -> None:
        """Wait for the batch that is on its way, and keep it."""
        batch, self._arriving = self._arriving, None
        if batch is None:
            return
        if batch.arrived is not None:
            batch.arrived.synchronize()
        parts = {spec: part.float() for spec, part in batch.parts.items()}
        if not self._is_begun:
            self._begin(parts)
        self.sink.put(batch.rows, parts, batch.counts)
        for spec, marks in batch.fallbacks.items():
            self.fallbacks[spec][batch.rows] = marks.numpy()

    def _begin(self, parts: Mapping[PoolerSpec, torch.Tensor]) -> None:
        shapes = {
            spec: Shape(len(part), part.shape[2], part.shape[3], spec.reads_tokens)
            for spec, part in parts.items()
        }
        self.sink.begin(len(self.source), len(np.unique(self.source)), shapes)
        self._is_begun = True


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
