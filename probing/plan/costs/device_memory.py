"""The memory that a pass and its fits need on the device, by arithmetic."""

from __future__ import annotations

from probing import catalog
from probing.hardware import Processor
from probing.plan.pooled_layers import BYTES_PER_NUMBER, Pooled, block_bytes, layer_shape
from probing.plan.types import PlannedBlock, PlannedPass
from probing.registry import CLASSIFIERS
from probing.spec import Spec

RUNTIME_BYTES = 480 * 2**20  # as measured: torch, transformers and scikit-learn in a process
BATCH_TOKENS = {"cpu": 1024, "gpu": 32768}
GENERATED_TOKENS = {"cpu": 2048, "gpu": 16384}  # of a batch of texts that are continued
HELD_BYTES = 2**25  # of a layer's features on a CPU: of larger ones a fit holds some rows at a time
KEPT_BYTES = 512 * 2**20  # what the classifiers of a run share of a layer
_FIT_COPIES = 12  # of what is held: about six in float64
_FIT_SQUARES = 6  # Gram and scatter matrices, their factors and their eigenvectors, in float64
_BASIS_COPIES = 5  # two in float64, and the turn from one to the other


def fit_bytes(n_rows: int, width: int, *, streams: bool) -> int:
    """About the bytes that a fit holds of a layer of so many rows and columns.

    One that `streams` more rows than columns holds no more of them, and sums over rows.
    """
    held = BYTES_PER_NUMBER * n_rows * width
    if not streams:
        return _FIT_COPIES * held
    if width < n_rows:
        held = min(held, HELD_BYTES)
    return _FIT_COPIES * held + _FIT_SQUARES * 8 * min(n_rows, width) ** 2


def device_bytes(
    spec: Spec, one: PlannedPass, pooled: Pooled, n_tokens: int, device: Processor
) -> int:
    """Bytes on `device`: the weights and a batch where there is a pass, and the fits of a block."""
    facts = one.model.facts
    fits = max(_fit_bytes(spec, one, block) for block in one.blocks)
    fits += _kept_bytes(spec, one)
    base = RUNTIME_BYTES if device.name == "cpu" else 0
    if not pooled.missing:
        return base + fits
    dtype = catalog.compute_dtype(spec.dtype, device.name, facts)
    weights = catalog.weight_bytes(facts, dtype, one.model.spec.quantize)
    kind = "cpu" if device.name == "cpu" else "gpu"
    batch = min(n_tokens, BATCH_TOKENS[kind]) * _token_bytes(facts, dtype)
    if one.dataset.spec.generate and one.model.random_seed is None:
        weights += facts.n_head_params * catalog.dtype_bytes(dtype)
        grown = min(n_tokens, GENERATED_TOKENS[kind])
        batch = max(batch, grown * (_token_bytes(facts, dtype) + _kept_token_bytes(facts, dtype)))
    return base + weights + batch + fits


def _fit_bytes(spec: Spec, one: PlannedPass, block: PlannedBlock) -> int:
    entry = CLASSIFIERS.get(spec.classifiers[block.classifier_at].name)
    streams = entry is not None and entry.streams
    return fit_bytes(*layer_shape(spec, one, block), streams=streams) * len(block.layers_at)


def _kept_bytes(spec: Spec, one: PlannedPass) -> int:
    """What several classifiers share: the coordinates of every layer, as far as they are kept."""
    n_classifiers = len({block.classifier_at for block in one.blocks})
    if n_classifiers < 2:
        return 0
    features = sum(block_bytes(spec, one, block) for block in one.blocks) // n_classifiers
    return min(KEPT_BYTES, _BASIS_COPIES * features)


def _token_bytes(facts: catalog.ModelFacts, dtype: str) -> int:
    """What a token takes inside a block: stream, queries, keys and values, the MLP's middle."""
    middle = facts.block.n_met * facts.block.mlp // max(facts.d_model, 1)
    return (8 * facts.d_model + middle) * catalog.dtype_bytes(dtype)


def _kept_token_bytes(facts: catalog.ModelFacts, dtype: str) -> int:
    """What the keys and values of a token take in all blocks, while texts are continued."""
    return facts.n_layers * 2 * facts.d_model * catalog.dtype_bytes(dtype)
