"""Pool activations on the device as they pass by during a forward pass."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import torch

from probing.engine.models import LMModel, TokenBatch
from probing.engine.pooling import Pooler, Selection, TextParts, TextTokens, TokenPool
from probing.engine.pooling.reduction import reduced
from probing.errors import CellError
from probing.layer_choice import cells_of
from probing.spec import PoolerSpec

Pooled = dict[PoolerSpec, torch.Tensor]


def _summed_up(tokens: torch.Tensor, counts: torch.Tensor) -> torch.Tensor:
    """Of tokens `[n_cells, n_tokens, 1, width]` three vectors a text: mean, first and last."""
    lots = torch.split(tokens[:, :, 0], counts.tolist(), dim=1)
    told = [torch.stack([lot.mean(1), lot[:, 0], lot[:, -1]], dim=1) for lot in lots]
    return torch.stack(told, dim=1)


class PooledReads:
    """Which activations the poolers need, and the pooled vectors of the batch under way.

    The layers of a pooler have one width. Poolers that differ only in their layers share their
    token stage. Only pooled vectors are kept, never an activation. Where rows are parts of texts,
    these are pooled, and several spans of a row are laid side by side.
    """

    def __init__(self, model: LMModel, poolers: Sequence[PoolerSpec]) -> None:
        self.model = model
        self.poolers = [Pooler(spec) for spec in dict.fromkeys(poolers)]
        self.cells = {
            pooler.spec: cells_of(pooler.spec, model.n_layers, model.name)
            for pooler in self.poolers
        }
        self.wanted: dict[tuple[str, int], set[TokenPool]] = defaultdict(set)
        for pooler in self.poolers:
            for layer in {layer for cell in self.cells[pooler.spec] for layer in cell}:
                site = pooler.spec.site
                self.wanted[site, model.step(site, layer)].add(pooler.token_pool)
        self._selections: dict[TokenPool, Selection] = {}
        self._moved: dict[tuple[TokenPool, torch.device], Selection] = {}
        self._pooled: dict[tuple[str, int, TokenPool], torch.Tensor] = {}
        self._n_spans = 1

    @property
    def sites(self) -> list[str]:
        """The sites that are read."""
        return sorted({site for site, _ in self.wanted})

    @property
    def places(self) -> frozenset[tuple[str, int]]:
        """The sites and steps that are read."""
        return frozenset(self.wanted)

    @property
    def row_bytes(self) -> int:
        """About the bytes of what is pooled of a row, for all poolers and layers."""
        vectors = (
            (pooler.token_pool.n_vectors * len(layers), pooler.spec.site, layers[0])
            for pooler in self.poolers
            for layers in self.cells[pooler.spec]
        )
        return sum(4 * n * self.model.width(site, layer) for n, site, layer in vectors)

    @property
    def deepest(self) -> int:
        """The step after which nothing is read."""
        return max(step for _, step in self.wanted)

    def begin(self, batch: TokenBatch) -> None:
        """Make ready for the pass over `batch`, which is still on the CPU."""
        self._pooled.clear()
        if batch.positions is None:
            texts = TextTokens.padded(batch.mask, batch.specials, batch.chosen)
        else:
            specials = batch.specials[0].bool()
            texts = TextTokens.packed(batch.lengths, specials, batch.chosen)
        self._moved.clear()
        token_pools = {pooler.token_pool for pooler in self.poolers}
        units = batch.units
        parts = None if units is None else TextParts.of(units.counts, units.ranges)
        self._n_spans = 1 if units is None else units.ranges.shape[1]
        if self._n_spans > 1 and any(pooler.spec.reads_tokens for pooler in self.poolers):
            raise CellError(f"rows of {self._n_spans} spans have no tokens in one order")
        self._selections = {pool: pool.select(texts, parts) for pool in token_pools}

    def read(self, site: str, step: int, activation: torch.Tensor) -> None:
        """Pool an activation, `[batch, seq, width]`, as all poolers that want it ask."""
        for pool in self.wanted.get((site, step), ()):
            # a model may lie on several devices
            selection = self._selection(pool, activation.device)
            pooled = self._side_by_side(pool(activation, selection))
            self._pooled[site, step, pool] = pooled.to(self.model.device)

    def finish(self) -> Pooled:
        """For every pooler `[n_cells, batch, n_samples, features]`, on the device."""
        pooled = {pooler.spec: self._cells(pooler) for pooler in self.poolers}
        self._pooled.clear()
        return pooled

    def clear(self) -> None:
        """Let go of what the batch under way has given so far."""
        self._pooled.clear()
        self._selections.clear()
        self._moved.clear()

    def fallbacks(self) -> dict[PoolerSpec, torch.Tensor]:
        """For every pooler which texts of the batch had no token left, `[batch]`."""
        marks = {p.spec: self._selections[p.token_pool].fallback for p in self.poolers}
        return {spec: mark.view(-1, self._n_spans).any(1) for spec, mark in marks.items()}

    def counts(self) -> dict[PoolerSpec, torch.Tensor]:
        """The tokens of each text of the batch, `[batch]`, for poolers that keep every token."""
        kept = [pooler for pooler in self.poolers if pooler.spec.reads_tokens]
        found = {p.spec: self._selections[p.token_pool].counts for p in kept}
        return {spec: counts for spec, counts in found.items() if counts is not None}

    def by_text(self, pooled: Pooled) -> Pooled:
        """What is pooled of the batch under way with a row for each text, to be compared.

        Of a text that keeps every token these are their mean, the first and the last.
        """
        return pooled | {spec: _summed_up(pooled[spec], n) for spec, n in self.counts().items()}

    def _side_by_side(self, pooled: torch.Tensor) -> torch.Tensor:
        """The spans of each row, which are pooled one by one, as its features."""
        if self._n_spans == 1:
            return pooled
        parts = pooled.view(-1, self._n_spans, *pooled.shape[1:])
        return reduced(parts.transpose(0, 1), "extend")

    def _selection(self, pool: TokenPool, device: torch.device) -> Selection:
        """The selection of the batch under way where the activations are."""
        if (pool, device) not in self._moved:
            self._moved[pool, device] = self._selections[pool].to(device)
        return self._moved[pool, device]

    def _cells(self, pooler: Pooler) -> torch.Tensor:
        cells = [
            pooler.reduce_layers([self._layer(pooler, layer) for layer in layers])
            for layers in self.cells[pooler.spec]
        ]
        return torch.stack(cells)

    def _layer(self, pooler: Pooler, layer: int) -> torch.Tensor:
        site = pooler.spec.site
        return self._pooled[site, self.model.step(site, layer), pooler.token_pool]
