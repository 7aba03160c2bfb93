"""The pooled layers that a pass needs, and which of them are not in the activation cache."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from probing.activations import ActivationCache
from probing.catalog import ModelFacts
from probing.layer_choice import baseline_cell, cells_of, lone_cell
from probing.plan.pass_keys import PassKeys
from probing.plan.token_counts import digest_of
from probing.plan.types import PlannedBlock, PlannedPass
from probing.spec import PoolerSpec, Spec
from probing.token_stage import TokenStage, as_read

BYTES_PER_NUMBER = 4


@dataclass(frozen=True)
class Pooled:
    """Pooled layers, each a pooler with one cell: all that are needed, and those to compute."""

    needed: tuple[PoolerSpec, ...]
    missing: tuple[PoolerSpec, ...]

    @property
    def deepest(self) -> int:
        """The number of blocks that a pass for the missing ones runs."""
        layers = [_layers(cell) for cell in self.missing]
        return max((max(each) for each in layers), default=0)


def pooled_of(
    spec: Spec, one: PlannedPass, device: str, base: Path, cache: ActivationCache
) -> Pooled:
    """The pooled layers of a planned pass, looked up in `cache` as they are on `device`."""
    needed = tuple(
        dict.fromkeys(cell for block in one.blocks for cell in _needed(spec, one, block))
    )
    if not cache.limit:
        return Pooled(needed, needed)
    keys = PassKeys.of(one, digest_of(one.dataset, spec), device, spec.dtype, base)
    if keys is not None and one.dataset.spec.generate:
        known = cache.facts(keys.generation)
        keys = None if known is None else keys.behind(str(known.get("sha256")))
    if keys is None or not cache.lists(keys.record):
        return Pooled(needed, needed)
    return Pooled(needed, tuple(cell for cell in needed if not cache.lists(keys.cell(cell))))


def needs_generation(
    spec: Spec, one: PlannedPass, device: str, base: Path, cache: ActivationCache
) -> bool:
    """Whether the model of a pass has texts to continue; with random weights it has none."""
    if not one.dataset.spec.generate or one.model.random_seed is not None:
        return False
    keys = PassKeys.of(one, digest_of(one.dataset, spec), device, spec.dtype, base)
    return keys is None or not cache.lists(keys.generation)


def feature_shape(
    cell: PoolerSpec, facts: ModelFacts, n_texts: int, n_spans: int = 0
) -> tuple[int, int]:
    """Rows and columns of the features of a pooled layer; samples are rows of their own.

    The `n_spans` that each row marks lie side by side.
    """
    stage = TokenStage.of(cell)
    n_vectors = {"extend": 1, "concat": 1}
    for method, n in (
        (stage.method, stage.n_vectors),
        (cell.layer_method or "extend", len(_layers(cell))),
    ):
        if method in n_vectors:
            n_vectors[method] *= n
    width = facts.width(cell.site, _layers(cell)[0])
    return n_texts * n_vectors["concat"], width * n_vectors["extend"] * max(1, n_spans)


def feature_bytes(cell: PoolerSpec, facts: ModelFacts, n_texts: int, n_spans: int = 0) -> int:
    """Bytes of the features of a pooled layer."""
    n_rows, width = feature_shape(cell, facts, n_texts, n_spans)
    return n_rows * width * BYTES_PER_NUMBER


def block_bytes(spec: Spec, one: PlannedPass, block: PlannedBlock) -> int:
    """Bytes of the features that a block is fitted on."""
    size = one.model.facts, one.dataset.facts.n_rows, one.dataset.facts.n_spans
    return sum(feature_bytes(cell, *size) for cell in _cells(spec, one, block))


def layer_shape(spec: Spec, one: PlannedPass, block: PlannedBlock) -> tuple[int, int]:
    """Rows and columns of the features of each layer of a block."""
    size = one.model.facts, one.dataset.facts.n_rows, one.dataset.facts.n_spans
    return feature_shape(_cells(spec, one, block)[0], *size)


def _needed(spec: Spec, one: PlannedPass, block: PlannedBlock) -> list[PoolerSpec]:
    """Its own, and the one that it is conditional on."""
    cells = _cells(spec, one, block)
    if spec.baseline_layer is None:
        return cells
    where = spec.baseline_layer, one.model.facts.n_layers, one.model.name
    return [*cells, baseline_cell(_pooler(spec, one, block), *where)]


def _cells(spec: Spec, one: PlannedPass, block: PlannedBlock) -> list[PoolerSpec]:
    pooler = _pooler(spec, one, block)
    layers = cells_of(pooler, one.model.facts.n_layers, one.model.name)
    return [lone_cell(pooler, layers[at]) for at in block.layers_at]


def _pooler(spec: Spec, one: PlannedPass, block: PlannedBlock) -> PoolerSpec:
    return as_read(spec.poolers[block.pooler_at], one.dataset.spec.generate)


def _layers(cell: PoolerSpec) -> tuple[int, ...]:
    assert not isinstance(cell.layer, str)
    return cell.layer if isinstance(cell.layer, tuple) else (cell.layer,)
