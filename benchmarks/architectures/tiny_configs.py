"""Small configurations of the families that transformers knows, made from its defaults."""

from __future__ import annotations

from typing import Any

from transformers import PreTrainedConfig

N_LAYERS, WIDTH = 3, 32
SIZES: dict[str, Any] = {
    **dict.fromkeys(
        ("num_hidden_layers", "n_layer", "n_layers", "num_layers", "encoder_layers",
         "decoder_layers", "num_encoder_layers", "num_decoder_layers"), N_LAYERS,
    ),
    **dict.fromkeys(
        ("hidden_size", "n_embd", "d_model", "dim", "emb_dim", "embedding_size",
         "word_embed_proj_dim",
         "attention_hidden_size", "projection_dim", "embed_dim", "output_hidden_size",
         "project_dim",
         "lru_width", "qformer_hidden_size"), WIDTH,
    ),
    **dict.fromkeys(
        ("num_attention_heads", "n_head", "n_heads", "num_heads", "encoder_attention_heads",
         "decoder_attention_heads", "num_encoder_attention_heads", "num_decoder_attention_heads",
         "linear_num_value_heads"), 4,
    ),
    **dict.fromkeys(("num_key_value_heads", "num_kv_heads", "linear_num_key_heads"), 2),
    **dict.fromkeys(
        ("intermediate_size", "n_inner", "encoder_ffn_dim", "decoder_ffn_dim", "ffn_dim", "d_ff",
         "hidden_dim", "ffn_hidden_size", "dim_ff", "shared_expert_intermediate_size",
         "intermediate_size_mlp", "mlp_hidden_size", "block_ff_dim"), 64,
    ),
    **dict.fromkeys(("moe_intermediate_size", "expert_ffn_hidden_size"), 16),
    **dict.fromkeys(("head_dim", "d_kv", "dim_head", "v_head_dim", "qk_nope_head_dim",
                     "linear_key_head_dim", "linear_value_head_dim", "kv_channels"), 8),
    **dict.fromkeys(("qk_rope_head_dim", "index_head_dim"), 8),
    **dict.fromkeys(("q_lora_rank", "kv_lora_rank", "o_lora_rank"), 16),
    **dict.fromkeys(
        ("num_local_experts", "num_experts", "n_routed_experts", "moe_num_experts"), 4,
    ),
    **dict.fromkeys(("num_experts_per_tok", "moe_topk", "top_k_experts", "moe_k"), 2),
    **dict.fromkeys(("n_group", "topk_group"), 1),
    "max_position_embeddings": 64, "n_positions": 64, "type_vocab_size": 2, "vocab_size": 32,
    "mamba_n_heads": 4, "mamba_d_head": 16, "mamba_d_state": 8, "mamba_num_heads": 4,
    "mamba_head_dim": 16, "ssm_state_size": 8, "mamba_n_groups": 1, "n_groups": 1, "state_size": 8,
    "mamba_chunk_size": 8, "chunk_size": 8, "sliding_window": 16, "attention_window": 8,
    "num_mem_blocks": 1, "image_size": 16, "patch_size": 8, "mamba_expand": 2, "depth": 2,
    "vocab_size_per_layer_input": 32, "hidden_size_per_layer_input": 8, "entity_vocab_size": 32,
    "out_hidden_size": WIDTH, "time_step_rank": 4,
    "first_k_dense_replace": 1, "num_dense_layers": 1, "mamba_dt_rank": 4, "xpos_rel_pos": False,
}  # fmt: skip
# what one family alone needs; the sizes above keep the rest in proportion
MROPE = {"rope_parameters": {"rope_type": "default", "rope_theta": 1e4, "mrope_section": [2, 1, 1]}}
MLA = {"num_key_value_heads": 4}  # heads of one latent vector
LINEAR = ["linear_attention", "full_attention", "linear_attention"]
FAMILIES: dict[str, dict[str, Any]] = {
    "bamba": {"attn_layer_indices": [1]},
    "bailing_hybrid": {"layer_types": LINEAR, **MLA},
    "kimi_linear": {"layer_types": LINEAR, **MLA},
    "qwen4_exp_text": {"layer_types": LINEAR},
    "esm": {"vocab_size": 33, "pad_token_id": 1, "mask_token_id": 2},
    "dots1": {"n_routed_experts": 4, "n_shared_experts": 1},
    "hunyuan_v1_dense": {"rope_parameters": {"rope_type": "default", "rope_theta": 1e4}},
    "codegen": {"rotary_dim": 4},
    "falcon_h1": {"mamba_d_ssm": 64},
    "flaubert": {"n_layers": 3, "n_heads": 4},
    "gemma3n_text": {"num_kv_shared_layers": 0},
    "gpt_neo": {"attention_types": [[["global", "local", "global"], 1]]},
    "gptj": {"rotary_dim": 4},
    "granitemoehybrid": {"layer_types": LINEAR, "position_embedding_type": "rope",
                         "residual_multiplier": 0.25},
    "jamba": {"attn_layer_period": 2, "attn_layer_offset": 1},
    "lfm2_moe": {"layer_types": ["conv", "full_attention", "conv"]},
    "mamba2": {"head_dim": 16},
    "nemotron": {"num_key_value_heads": 2},
    "qwen3_5_moe_text": {"layer_types": LINEAR},
    "qwen3_5_text": {"layer_types": LINEAR},
    "qwen3_next": {"layer_types": LINEAR},
    "reformer": {"axial_pos_embds": False, "attn_layers": ["local", "lsh", "local"]},
    "xmod": {"default_language": "en_XX"},
    "axk1": MLA,
    "axk2": MLA,
    "deepseek_v2": MLA,
    "deepseek_v3": MLA,
    "deepseek_v32": MLA,
    "glm4_moe_lite": MLA,
    "longcat_flash": MLA,
    "minicpm3": MLA,
    "youtu": MLA,
    "zamba": {"layer_types": ["linear_attention", "hybrid", "linear_attention"]},
    **dict.fromkeys(
        ("qwen2_vl_text", "qwen2_5_vl_text", "glm4v_text", "glm4v_moe_text", "glm_ocr_text",
         "paddleocr_vl_text", "glm46v_text", "glmga_text"), MROPE,
    ),
    "zamba2": {"layer_types": ["linear_attention", "hybrid", "linear_attention"],
               "mamba_ngroups": 1, "mamba_headdim": 16, "n_mamba_heads": 4,
               "attention_hidden_size": 64, "attention_head_dim": 16,
               "hybrid_layer_ids": [1]},
}  # fmt: skip
_SPECIAL_IDS = ("pad_token_id", "bos_token_id", "eos_token_id")


def tiny_config(config_class: Any, family: str = "") -> Any:
    """A configuration of that class with a few narrow layers, parts of it likewise."""
    return config_class(**_options(config_class, family))


def _options(config_class: Any, family: str) -> dict[str, Any]:
    default = config_class()
    defaults = default.to_dict()
    keys = {*defaults, *getattr(config_class, "attribute_map", {})}
    options = {key: SIZES[key] for key in SIZES if key in keys and _is_size(defaults, key)}
    for key in _SPECIAL_IDS:
        if isinstance(defaults.get(key), int) and defaults[key] >= SIZES["vocab_size"]:
            options[key] = 1
    for key in getattr(config_class, "sub_configs", {}):
        part = getattr(default, key, None)
        if isinstance(part, PreTrainedConfig):
            family_of_part = {"model_type": part.model_type}
            options[key] = family_of_part | _options(type(part), part.model_type)
    return options | FAMILIES.get(family, {})


def _is_size(defaults: dict[str, Any], key: str) -> bool:
    """Whether the default is a number, or kept by another name."""
    value = defaults.get(key, 0)
    return isinstance(value, int) and not isinstance(value, bool)
