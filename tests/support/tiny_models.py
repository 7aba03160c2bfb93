"""Tiny transformers with random weights, saved with a word-level tokenizer of their own."""

from __future__ import annotations

from pathlib import Path

import torch
import transformers as hf
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import (
    AutoModel,
    AutoModelForCausalLM,
    PreTrainedConfig,
    PreTrainedTokenizerFast,
)

WORDS = ["the", "a", "cat", "dog", "sat", "ran", "on", "in", "mat", "house", "red", "big", "it"]
VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *WORDS]
SIZE = {"vocab_size": len(VOCABULARY), "hidden_size": 32, "num_hidden_layers": 3}
WIDE = {"num_attention_heads": 4, "intermediate_size": 64, "max_position_embeddings": 40}
GROUPED = {**SIZE, **WIDE, "num_key_value_heads": 2}
N_EMBD = {"vocab_size": len(VOCABULARY), "n_embd": 32, "n_layer": 3, "n_head": 4}


def config(family: str) -> PreTrainedConfig:
    """The configuration of the tiny model of that family."""
    return CONFIGS[family]()


CONFIGS = {
    "bert": lambda: hf.BertConfig(**SIZE, **WIDE),
    "roberta": lambda: hf.RobertaConfig(**SIZE, **{**WIDE, "max_position_embeddings": 42}),
    "distilbert": lambda: hf.DistilBertConfig(
        vocab_size=len(VOCABULARY), dim=32, n_layers=3, n_heads=4, hidden_dim=64,
        max_position_embeddings=40,
    ),
    "gpt2": lambda: hf.GPT2Config(**N_EMBD, n_positions=40),
    "gpt_neox": lambda: hf.GPTNeoXConfig(**SIZE, **WIDE),
    "gpt_neox_sequential": lambda: hf.GPTNeoXConfig(**SIZE, **WIDE, use_parallel_residual=False),
    "opt": lambda: hf.OPTConfig(
        **SIZE, num_attention_heads=4, ffn_dim=64, word_embed_proj_dim=32,
        max_position_embeddings=40,
    ),
    "opt_post_norm": lambda: hf.OPTConfig(
        **SIZE, num_attention_heads=4, ffn_dim=64, word_embed_proj_dim=32,
        max_position_embeddings=40, do_layer_norm_before=False,
    ),
    "llama": lambda: hf.LlamaConfig(**GROUPED),
    "gemma2": lambda: hf.Gemma2Config(**GROUPED, head_dim=8, sliding_window=8),
    "gemma3": lambda: hf.Gemma3TextConfig(**GROUPED, head_dim=8, sliding_window=8),
    "qwen2": lambda: hf.Qwen2Config(**GROUPED),
    "qwen3": lambda: hf.Qwen3Config(**GROUPED, head_dim=8),
    "phi": lambda: hf.PhiConfig(**SIZE, **WIDE),
    "falcon": lambda: hf.FalconConfig(**SIZE, num_attention_heads=4),
    "falcon_sequential": lambda: hf.FalconConfig(
        **SIZE, num_attention_heads=4, parallel_attn=False, alibi=True
    ),
    "bloom": lambda: hf.BloomConfig(
        vocab_size=len(VOCABULARY), hidden_size=32, n_layer=3, n_head=4
    ),
    "albert": lambda: hf.AlbertConfig(**SIZE, **WIDE, embedding_size=16),
    "t5": lambda: hf.T5Config(
        vocab_size=len(VOCABULARY), d_model=32, d_kv=8, d_ff=64, num_layers=3, num_heads=4,
        decoder_start_token_id=0,
    ),
    "t5_gated": lambda: hf.T5Config(
        vocab_size=len(VOCABULARY), d_model=32, d_kv=8, d_ff=64, num_layers=3, num_heads=4,
        decoder_start_token_id=0, feed_forward_proj="gated-gelu",
    ),
    "bart": lambda: hf.BartConfig(
        vocab_size=len(VOCABULARY), d_model=32, encoder_layers=3, decoder_layers=2,
        encoder_attention_heads=4, decoder_attention_heads=4, encoder_ffn_dim=64,
        decoder_ffn_dim=64, max_position_embeddings=40,
    ),
    "mamba": lambda: hf.MambaConfig(**SIZE, state_size=4),
    "xlnet": lambda: hf.XLNetConfig(
        vocab_size=len(VOCABULARY), d_model=32, n_layer=3, n_head=4, d_inner=64
    ),
    "llama_untied": lambda: hf.LlamaConfig(**GROUPED, tie_last_hidden_states=False),
    "clip_text": lambda: hf.CLIPTextConfig(**SIZE, **WIDE, bos_token_id=2, eos_token_id=3),
    # layers before the last are wider, as in OPT-350m
    "opt_projected": lambda: hf.OPTConfig(
        **SIZE, num_attention_heads=4, ffn_dim=64, word_embed_proj_dim=16,
        max_position_embeddings=40,
    ),
    "opt_350m": lambda: hf.OPTConfig(
        **SIZE, num_attention_heads=4, ffn_dim=64, word_embed_proj_dim=16,
        max_position_embeddings=40, do_layer_norm_before=False,
    ),
}  # fmt: skip
# XLNet's attention adds what it gives to the residual stream itself
WITH_ATTENTION = [family for family in CONFIGS if family not in ("mamba", "xlnet")]


def save_model(
    folder: Path,
    family: str,
    *,
    pad: bool = True,
    side: str = "right",
    cls: bool = True,
    head: bool = False,
    n_layers: int = 3,
) -> Path:
    """Save a tiny model of `family`, perhaps with a causal head, and its tokenizer; the folder."""
    torch.manual_seed(0)
    made = config(family)
    if n_layers != 3:
        made.num_hidden_layers = n_layers
    model = (AutoModelForCausalLM if head else AutoModel).from_config(made)
    with torch.no_grad():  # random norms and biases, so that no part is the identity
        for part in model.parameters():
            part.add_(torch.randn_like(part) * 0.1)
    model.save_pretrained(folder)
    save_tokenizer(folder, pad=pad, side=side, cls=cls)
    return folder


def save_causal(folder: Path) -> Path:
    """Save a GPT-2 of two layers of width 16 with its head, which ends texts with [SEP]."""
    torch.manual_seed(0)
    small = {"n_embd": 16, "n_layer": 2, "n_head": 2, "n_positions": 40, "eos_token_id": 3}
    config_ = hf.GPT2Config(vocab_size=len(VOCABULARY), **small)
    hf.AutoModelForCausalLM.from_config(config_).save_pretrained(folder)
    save_tokenizer(folder, cls=False)
    return folder


def save_tokenizer(
    folder: Path, *, pad: bool = True, side: str = "right", cls: bool = True
) -> None:
    """Save a word-level tokenizer, which adds [CLS] and [SEP] where `cls` says so."""
    tokenizer = Tokenizer(models.WordLevel({w: i for i, w in enumerate(VOCABULARY)}, "[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    if cls:
        tokenizer.post_processor = processors.TemplateProcessing(
            single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
        )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="[UNK]", padding_side=side,
        **({"pad_token": "[PAD]"} if pad else {}), **({"eos_token": "[SEP]"} if cls else {}),
    ).save_pretrained(folder)  # fmt: skip
