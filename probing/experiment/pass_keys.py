"""Keys of the activation cache: what a pass and each of its pooled cells depend on."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from probing import catalog
from probing.activations import Key, model_identity, pass_parts
from probing.models.loading import pick_dtype
from probing.plan import PlannedPass
from probing.pooling import TokenPool
from probing.spec import ModelSpec, PoolerSpec


def lone_cell(pooler: PoolerSpec, layers: tuple[int, ...]) -> PoolerSpec:
    """The pooler that has only the cell of `pooler` that reads `layers`."""
    if len(layers) > 1:
        return replace(pooler, layer=layers)
    return replace(pooler, layer=layers[0], layer_method=None)


class PassKeys:
    """The keys of one model on the texts of one dataset; cells are poolers with one cell."""

    def __init__(self, reading: dict[str, Any]) -> None:
        self._reading = reading

    @classmethod
    def of(
        cls, one: PlannedPass, texts: Sequence[str], device: str, dtype: str, base: Path
    ) -> PassKeys | None:
        """The keys of a planned pass; None where its tokenizer is still to be downloaded."""
        spec, facts = one.model.spec, one.model.facts
        model, tokenizer = model_identity(facts), None
        if spec.tokenizer is not None:
            tokenizer = model_identity(catalog.locate(ModelSpec(spec.tokenizer), base))
        if model is None or (tokenizer is None) != (spec.tokenizer is None):
            return None
        numbers = str(pick_dtype(dtype, torch.device(device), facts))
        return cls(pass_parts(spec, model, tokenizer, numbers, texts))

    @property
    def record(self) -> Key:
        """The key of what the pass tells beside its features."""
        return Key.of(self._reading, {})

    def cell(self, cell: PoolerSpec) -> Key:
        """The key of the pooled features of a cell; poolers that come to the same share it."""
        tokens = dataclasses.asdict(TokenPool.of(cell))
        method = (cell.layer_method or "extend") if cell.reduces_layers else None
        pooled = {"site": cell.site, "tokens": tokens, "layer": cell.layer, "layer_method": method}
        return Key.of(self._reading, pooled)
