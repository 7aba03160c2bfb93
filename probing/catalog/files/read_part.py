"""Which tensors of a checkpoint are of the transformer that reads texts, by their names."""

from __future__ import annotations

# modules that stand beside the blocks: heads on the last layer, and the towers of other senses
_BESIDE = frozenset(
    {
        "lm_head", "embed_out", "cls", "classifier", "pre_classifier", "score", "qa_outputs",
        "pooler", "predictions", "discriminator_predictions", "generator_predictions",
        "generator_lm_head", "vocab_transform", "vocab_layer_norm", "vocab_projector",
        "sop_classifier", "classification_head", "lm_bias", "logit_scale", "logit_bias",
        "text_projection", "visual_projection", "vision_model", "vision_tower", "visual",
        "audio_tower", "multi_modal_projector", "final_logits_bias",
    }
)  # fmt: skip
# tables that older versions saved with the weights
_TABLES = (
    "position_ids", "token_type_ids", "inv_freq", ".attn.bias", ".attn.masked_bias",
    ".attention.bias", ".attention.masked_bias",
)  # fmt: skip


def is_read(tensor: str, is_encoder_decoder: bool) -> bool:
    """Whether a run computes with `tensor`; of an encoder-decoder only the encoder is run."""
    parts = tensor.split(".")
    if _BESIDE.intersection(parts) or tensor.endswith(_TABLES):
        return False
    return not (is_encoder_decoder and "decoder" in parts[:2])
