"""Models whose shape is not that of one stack of like blocks."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import transformers

from benchmarks.architectures.sweep import save, tried
from probing.engine.models import LMModel
from probing.errors import ModelError, SpecError
from tests.support.tiny_models import save_tokenizer

ROUNDING = 1e-5
WORDS = ["the cat sat on the mat", "a big red dog ran in"]


@pytest.mark.parametrize(
    "family",
    ["squeezebert", "layoutlm", "dpr", "clip", "siglip", "altclip", "t5gemma", "prophetnet",
     "nemotron_h", "rwkv", "deepseek_v4", "gemma3n_text", "ibert"],
)  # fmt: skip
def test_layers_are_those_of_transformers_text_by_text(family: str) -> None:
    outcome = tried(family)
    assert outcome.difference is not None and outcome.difference < ROUNDING, outcome


@pytest.mark.parametrize("family", ["flaubert", "xlm", "hrm_text", "cpmant", "fsmt"])
def test_hidden_states_of_transformers_stand_in_for_blocks(family: str) -> None:
    outcome = tried(family)
    assert outcome.difference is not None and outcome.difference < ROUNDING, outcome
    assert "blocks were not found" in outcome.note
    assert outcome.attn == outcome.mlp == "no"


def loaded(family: str, folder: Path) -> LMModel:
    save(family, folder)
    return LMModel({"model": str(folder), "tokenizer": str(folder / "words")})


@pytest.mark.parametrize(
    ("family", "widths"), [("deepseek_v4", {128, 32}), ("gemma3n_text", {128})]
)
def test_streams_of_a_token_are_one_vector(family: str, widths: set[int], tmp_path: Path) -> None:
    model = loaded(family, tmp_path)
    states = model(WORDS).hidden_states
    found = [model.width("resid", layer) for layer in range(model.n_layers + 1)]
    assert [(2, 6, width) for width in found] == [tuple(state.shape) for state in states]
    assert set(found) == widths


def test_a_model_without_a_state_for_each_token_is_refused(tmp_path: Path) -> None:
    settings = transformers.CanineConfig(
        hidden_size=32, num_hidden_layers=3, num_attention_heads=4, intermediate_size=64,
        max_position_embeddings=64, num_hash_buckets=32, local_transformer_stride=8,
    )  # fmt: skip
    transformers.CanineModel(settings).save_pretrained(tmp_path)
    save_tokenizer(tmp_path)
    with pytest.raises(ModelError, match="does not return one hidden state per token") as raised:
        LMModel(str(tmp_path))
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "family", ["falcon_h1", "bamba", "lfm2_moe", "jamba", "qwen3_next", "granitemoehybrid"]
)
def test_blocks_that_differ_have_their_own_modules(family: str, tmp_path: Path) -> None:
    model = loaded(family, tmp_path)
    read: dict[tuple[str, int], torch.Tensor] = {}
    sites = ["attn", "mlp", "resid"]
    batch = model.pad(model.tokenise(WORDS[:1]), [0])
    keep = lambda site, step, value: read.__setitem__((site, step), value.clone())  # noqa: E731
    with torch.no_grad(), model.reader(keep, sites, None) as reader:
        reader.run(batch.ids, batch.mask)
    if family == "falcon_h1":  # attention and Mamba side by side in every block
        assert all(read["attn", step].abs().max() > 0 for step in range(1, model.n_layers + 1))
        return
    kinds = {type(module).__name__ for module in model.writers("attn")}
    assert len(kinds) == 2, kinds
    for step in range(1, model.n_layers + 1):
        added = read["resid", step - 1] + read["attn", step] + read["mlp", step]
        torch.testing.assert_close(added, read["resid", step], atol=1e-5, rtol=1e-5)


def test_what_a_block_multiplies_before_the_sum_is_multiplied(tmp_path: Path) -> None:
    from transformers import AutoModel, GraniteConfig

    config = GraniteConfig(
        vocab_size=32, hidden_size=32, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, intermediate_size=64, residual_multiplier=0.22,
    )  # fmt: skip
    save("granite", tmp_path)
    AutoModel.from_config(config).save_pretrained(tmp_path)
    model = LMModel({"model": str(tmp_path), "tokenizer": str(tmp_path / "words")})
    read: dict[tuple[str, int], torch.Tensor] = {}
    batch = model.pad(model.tokenise(WORDS[:1]), [0])
    keep = lambda site, step, value: read.__setitem__((site, step), value.clone())  # noqa: E731
    with torch.no_grad(), model.reader(keep, ["attn", "mlp", "resid"], None) as reader:
        reader.run(batch.ids, batch.mask)
    for step in (1, 2):
        added = read["resid", step - 1] + read["attn", step] + read["mlp", step]
        torch.testing.assert_close(added, read["resid", step], atol=1e-5, rtol=1e-5)


def test_a_site_that_some_blocks_lack_is_refused_in_one_line(tmp_path: Path) -> None:
    model = loaded("nemotron_h", tmp_path)
    for site in ("attn", "mlp"):
        with pytest.raises(
            SpecError, match=rf"cannot find the {site} modules of .* in \d of the 4"
        ) as e:
            model.writers(site)
        assert "\n" not in str(e.value)
