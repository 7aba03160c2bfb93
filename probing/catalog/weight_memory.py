"""How much memory a model's weights take once loaded."""

from __future__ import annotations

from probing.catalog.precision import dtype_bytes
from probing.catalog.types import ModelFacts

# with the scales: one number for each row of a matrix, or 64 weights
_QUANTISED_BYTES = {"8bit": 1.0, "4bit": 0.5 + 4 / 64}


def weight_bytes(facts: ModelFacts, dtype: str, quantize: str | None) -> int:
    """Bytes of the weights in `dtype`; those of the blocks' matrices as `quantize` packs them."""
    n_params, each = facts.n_params - facts.n_head_params, dtype_bytes(dtype)
    if quantize is None:
        return n_params * each
    n_packed = min(facts.n_layers * facts.block.n_params, n_params)
    return int((n_params - n_packed) * each + n_packed * _QUANTISED_BYTES[quantize])
