"""A model of random weights with a tokenizer of its own, and texts for it to read."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast

from benchmarks.shapes import ModelSize

MEAN_LENGTH, SIGMA, SHORTEST = 29, 0.8, 3


def save_standin(
    folder: Path, size: ModelSize, device: str = "cpu", dtype: str = "float32"
) -> None:
    """Save the model, with its head, and the tokenizer in `folder`."""
    transformers.utils.logging.disable_progress_bar()
    torch.manual_seed(0)
    with torch.device(device):
        model = AutoModelForCausalLM.from_config(_config(size), dtype=getattr(torch, dtype))
    model.save_pretrained(folder)
    words = ["[PAD]", "[UNK]", *(f"w{at}" for at in range(2, size.n_words))]
    vocabulary = {word: at for at, word in enumerate(words)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, "[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="[UNK]", pad_token="[PAD]", padding_side="right"
    ).save_pretrained(folder)


def _config(size: ModelSize) -> Any:
    if size.family == "llama":
        return transformers.LlamaConfig(
            vocab_size=size.n_words,
            hidden_size=size.width,
            intermediate_size=size.width * 7 // 2,
            num_hidden_layers=size.n_blocks,
            num_attention_heads=size.n_heads,
            num_key_value_heads=max(1, size.n_heads // 4),
            max_position_embeddings=size.longest,
            bos_token_id=None,
            eos_token_id=None,
        )
    return transformers.GPT2Config(
        vocab_size=size.n_words,
        n_embd=size.width,
        n_layer=size.n_blocks,
        n_head=size.n_heads,
        n_positions=size.longest,
        bos_token_id=None,
        eos_token_id=None,
    )


def random_texts(n: int, size: ModelSize, seed: int = 0) -> list[str]:
    """Texts of random words whose lengths are log-normal, a token a word, in no order."""
    rng = np.random.default_rng(seed)
    middle = math.log(MEAN_LENGTH) - SIGMA**2 / 2
    lengths = np.clip(rng.lognormal(middle, SIGMA, n).round(), SHORTEST, size.longest).astype(int)
    return [
        " ".join(f"w{word}" for word in rng.integers(2, size.n_words, length)) for length in lengths
    ]
