"""The size of one block's matrices, computed from the configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from probing.catalog.config_keys import WIDTH, first_int, text_value
from probing.catalog.families import GATED_MLP

_HEADS = ("num_attention_heads", "n_head", "n_heads", "num_heads", "encoder_attention_heads")
_KV_HEADS = ("num_key_value_heads", "num_kv_heads")
_EXPERTS = ("num_local_experts", "num_experts", "n_routed_experts")
_MET_EXPERTS = ("num_experts_per_tok", "moe_topk", "top_k_experts")
_EXPERT_INNER = ("moe_intermediate_size", "expert_ffn_hidden_size")
_INNER = ("intermediate_size", "n_inner", "encoder_ffn_dim", "ffn_dim", "d_ff", "hidden_dim")


@dataclass(frozen=True)
class BlockShape:
    """The weights of a block's attention and MLP; norms and biases are left out.

    `heads_width` is that of all attention heads together. Of `n_experts` MLPs of `mlp` weights
    each, a token meets `n_met`.
    """

    attention: int
    heads_width: int
    mlp: int
    n_experts: int = 1
    n_met: int = 1

    @property
    def n_params(self) -> int:
        """All weights."""
        return self.attention + self.n_experts * self.mlp

    def forward_flops(self, context: float) -> float:
        """Arithmetic for one token that sees `context` tokens.

        Two operations for each weight that it meets, and two for each number of the keys and of
        the values: Kaplan et al. (2020), "Scaling Laws for Neural Language Models", table 1.
        """
        return 2 * (self.attention + self.n_met * self.mlp) + 4 * self.heads_width * context


def block_shape(config: Mapping[str, Any]) -> BlockShape:
    """The shape of the blocks that `config` describes: of the encoder, in an encoder-decoder."""
    width = first_int(config, WIDTH) or 0
    heads = first_int(config, _HEADS) or 1
    heads_width = heads * (first_int(config, ("head_dim", "d_kv")) or width // heads)
    kv_width = heads_width // heads * _kv_heads(config, heads)
    n_experts = first_int(config, _EXPERTS) or 1
    inner = first_int(config, _EXPERT_INNER) if n_experts > 1 else None
    inner = inner or first_int(config, _INNER) or 4 * width
    return BlockShape(
        attention=2 * width * (heads_width + kv_width),
        heads_width=heads_width,
        mlp=(3 if _is_gated(config) else 2) * width * inner,
        n_experts=n_experts,
        n_met=min(n_experts, first_int(config, _MET_EXPERTS) or 1),
    )


def _kv_heads(config: Mapping[str, Any], heads: int) -> int:
    if config.get("multi_query") and not config.get("new_decoder_architecture"):
        return 1
    return first_int(config, _KV_HEADS) or heads


def _is_gated(config: Mapping[str, Any]) -> bool:
    """Whether the MLP has a gate; nearly all blocks with an RMS norm do."""
    is_told = config.get("is_gated_act") or "gated" in text_value(config, "feed_forward_proj")
    family = text_value(config, "model_type")
    return bool(is_told or family in GATED_MLP or "rms_norm_eps" in config)
