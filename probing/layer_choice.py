"""Choose the layers that a pooler reads in a model: one tuple of layers per cell."""

from __future__ import annotations

from dataclasses import replace

from probing.errors import SpecError
from probing.spec import PoolerSpec


def site_layers(site: str, n_blocks: int) -> range:
    """The layers of a site: 0..L for `resid` (0 is the embedding output), 1..L for the others."""
    return range(0 if site == "resid" else 1, n_blocks + 1)


def cells_of(pooler: PoolerSpec, n_blocks: int, model: str = "the model") -> list[tuple[int, ...]]:
    """The layers that each cell of `pooler` reads: one, or several where the pooler reduces them.

    Raises `SpecError` for a layer that the model lacks.
    """
    known = site_layers(pooler.site, n_blocks)
    if pooler.layer == "each":
        return [(layer,) for layer in known]
    if pooler.layer == "all":
        inner = tuple(known)[1:-1]
        if not inner:
            raise SpecError(
                f'layer = "all" skips the first and the last layer, but {model} has only '
                f"{len(known)} layers at {pooler.site}",
                where="poolers",
                hint='use layer = "each" or an index',
            )
        return [inner]
    if isinstance(pooler.layer, tuple):
        return [tuple(_checked(layer, known, pooler, model) for layer in pooler.layer)]
    layer = n_blocks - 1 if pooler.layer == -1 else pooler.layer
    return [(_checked(layer, known, pooler, model),)]


def lone_cell(pooler: PoolerSpec, layers: tuple[int, ...]) -> PoolerSpec:
    """A pooler for one cell of `pooler`: the one that reads `layers`."""
    if len(layers) > 1:
        return replace(pooler, layer=layers)
    return replace(pooler, layer=layers[0], layer_method=None)


def baseline_cell(
    pooler: PoolerSpec, layer: int, n_blocks: int, model: str = "the model"
) -> PoolerSpec:
    """A pooler for one layer of the residual stream, of the tokens that `pooler` reads.

    Raises `SpecError` where the model lacks the layer.
    """
    known = site_layers("resid", n_blocks)
    if layer not in known:
        raise SpecError(
            f"{model} has no layer {layer}",
            where="conditional_on",
            hint=f"resid has layers {known.start} to {known.stop - 1}",
        )
    return lone_cell(replace(pooler, site="resid"), (layer,))


def cell_layer(pooler: PoolerSpec, layers: tuple[int, ...]) -> int | None:
    """The value of the `layer` column: the layer, or None where several are reduced."""
    return None if pooler.reduces_layers else layers[0]


def _checked(layer: int, known: range, pooler: PoolerSpec, model: str) -> int:
    if layer not in known:
        raise SpecError(
            f"{model} has no layer {layer}",
            where="poolers",
            hint=f"{pooler.site} has layers {known.start} to {known.stop - 1}",
        )
    return layer
