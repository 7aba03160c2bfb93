"""Layers of different widths: each is a cell of its own, but they cannot be reduced together."""

from __future__ import annotations

from collections.abc import Sequence

from probing.engine.models import LMModel
from probing.errors import CellError
from probing.layer_choice import cells_of, lone_cell
from probing.spec import PoolerSpec


def apart(model: LMModel, poolers: Sequence[PoolerSpec]) -> list[PoolerSpec]:
    """`poolers`, but each layer by itself of those whose layers differ in width.

    Raises `CellError` for a pooler that reduces such layers, `SpecError` for a layer that the
    model lacks.
    """
    found: list[PoolerSpec] = []
    for pooler in poolers:
        cells = cells_of(pooler, model.n_layers, model.name)
        for layers in cells:
            check_widths(model, pooler.site, layers)
        widths = {model.width(pooler.site, layers[0]) for layers in cells}
        found += [pooler] if len(widths) == 1 else [lone_cell(pooler, each) for each in cells]
    return list(dict.fromkeys(found))


def check_widths(model: LMModel, site: str, layers: Sequence[int]) -> None:
    """Raises `CellError` for layers that a cell reduces although they differ in width."""
    widths = {layer: model.width(site, layer) for layer in layers}
    first = next(iter(widths))
    other = next((layer for layer in widths if widths[layer] != widths[first]), None)
    if other is None:
        return
    what = (
        f"layer {other} has {widths[other]} dimensions and layer {first} has {widths[first]}: "
        "they cannot be reduced together"
    )
    hint = 'use layers of one width, or layer = "each"'
    raise CellError(what, where=f"{model.name}, {site}", hint=hint)
