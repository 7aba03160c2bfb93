"""A Hugging Face model object is read as the same model that we load ourselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
import transformers as hf

from probing import LMModel, PoolerSpec
from probing.engine.extraction import extract
from tests.support.texts import TEXTS
from tests.support.tiny_models import save_model


@pytest.mark.parametrize(
    ("family", "cls"),
    [
        ("gpt2", hf.GPT2LMHeadModel),
        ("llama", hf.LlamaForCausalLM),
        ("t5", hf.T5ForConditionalGeneration),
        ("distilbert", hf.DistilBertModel),
    ],
)
def test_it_gives_the_same_features(family: str, cls: Any, tmp_path: Path) -> None:
    save_model(tmp_path, family)
    plain = cls.from_pretrained(tmp_path).eval()
    tokenizer = hf.AutoTokenizer.from_pretrained(tmp_path)
    poolers = [PoolerSpec("mean"), PoolerSpec("last", site="mlp")]
    ours = extract(LMModel(str(tmp_path)), TEXTS, poolers).features
    own = LMModel.of(plain, tokenizer)
    found = extract(own, TEXTS, poolers).features
    for pooler in poolers:
        assert torch.allclose(found[pooler], ours[pooler], atol=1e-6)
    assert own.n_layers == 3 and not plain.training
