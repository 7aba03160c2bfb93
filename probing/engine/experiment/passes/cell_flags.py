"""What a reader of a cell's scores must know of its texts and features."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

from probing.datasets import TextDataset
from probing.engine.experiment.passes.record import PassRecord
from probing.engine.experiment.passes.span_flags import span_flags
from probing.engine.experiment.passes.token_flags import token_flags
from probing.plan import Cell, PlannedBlock, PlannedPass
from probing.plan.remarks.token_findings import CUT, TEXTS_CUT
from probing.plan.types import NamedDataset

MANY_CONSTANT = 0.01  # of the features of a layer
SAME = 1e-6  # of the largest value: what rounding makes of equal features
_ROWS = 8192


def text_flags(dataset: NamedDataset, data: TextDataset) -> tuple[str, ...]:
    """What every cell of a dataset tells of its texts."""
    left_out = (f"{n:,} rows left out ({why})" for why, n in data.dropped)
    return (*left_out, *dataset.warnings)


class CellFlags:
    """The flags of the cells of one pass; `warn` is told once for each layer that has a fault."""

    def __init__(
        self,
        one: PlannedPass,
        data: TextDataset,
        record: PassRecord,
        warn: Callable[[str], None],
    ) -> None:
        self._normed, self._warn = record.final_norm_layer, warn
        found = [each for each in one.findings if each.is_warning and each.kind != TEXTS_CUT]
        self._shared = (
            *text_flags(one.dataset, data),
            *_cut(record),
            *span_flags(record),
            *(each.message for each in found),
        )
        self._faults: dict[tuple[int, int], tuple[str, ...]] = {}
        self._places: dict[str, tuple[int, int]] = {}

    def look(
        self,
        blocks: Sequence[PlannedBlock],
        features: torch.Tensor,
        without_tokens: Sequence[int] = (),
    ) -> None:
        """Look at the features of `blocks`, `[n_layers, n_texts, n_samples, d]`, once each.

        `without_tokens` says of each layer how many texts lack the tokens that its pooler names.
        """
        lacking = without_tokens or [0] * len(features)
        places = [(block.pooler_at, at) for block in blocks for at in block.layers_at]
        cells = [block.cells for block in blocks for _ in block.layers_at]
        for place, own, layer, n_lack in zip(places, cells, features, lacking, strict=True):
            self._places.update((cell.id, place) for cell in own)
            if place not in self._faults:
                self._faults[place] = tuple(faults(layer))
                for fault in self._faults[place]:
                    at = f"layer {own[0].layer}" if own[0].layer is not None else "all layers"
                    self._warn(f"{own[0].site}, {own[0].pooler}, {at}: {fault}")
                self._faults[place] += token_flags(n_lack, len(layer))

    def of(self, cell: Cell) -> tuple[str, ...]:
        """The flags of a cell whose features have been looked at."""
        is_normed = self._normed is not None and cell.site == "resid" and cell.layer == self._normed
        is_embedding = cell.site == "resid" and cell.layer == 0
        place = self._places.get(cell.id)
        own = () if place is None else self._faults[place]
        layer = [("embedding layer", is_embedding), ("after the final norm", is_normed)]
        return (*(flag for flag, holds in layer if holds), *self._shared, *own)


def _cut(record: PassRecord) -> list[str]:
    cut, n_texts = record.n_truncated, len(record.truncated)
    if not cut or cut < CUT * n_texts:
        return []
    return [f"texts cut: {cut:,} of {n_texts:,} at {record.max_length} tokens"]


def faults(layer: torch.Tensor) -> list[str]:
    """What is wrong with features `[n_texts, n_samples, d]`: not finite, or the same everywhere."""
    rows = layer.reshape(-1, layer.shape[-1])
    parts = [rows[at : at + _ROWS] for at in range(0, len(rows), _ROWS)]
    low = torch.stack([part.amin(dim=0) for part in parts]).amin(dim=0)
    high = torch.stack([part.amax(dim=0) for part in parts]).amax(dim=0)
    n_features = len(low)
    if not bool((low.isfinite() & high.isfinite()).all()):
        broken = [int((~part.isfinite()).any(dim=1).sum()) for part in parts]
        return [f"features not finite: {sum(broken):,} of {len(rows):,} rows"]
    n_same = int((high - low <= SAME * torch.maximum(low.abs(), high.abs())).sum())
    if n_same < max(1, MANY_CONSTANT * n_features) or len(rows) < 2:
        return []
    return [f"constant features: {n_same:,} of {n_features:,}"]
