"""Sites: the hidden states as transformers returns them, and what attention and MLP add."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn
from transformers import AutoModel

from probing.engine.models import LMModel
from probing.errors import ModelError, SpecError
from tests.support.tiny_models import CONFIGS, WITH_ATTENTION, save_model

TEXTS = ["the cat sat on the mat", "a big red dog ran"]
Rule = Callable[[nn.Module, torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    made: dict[str, Path] = {}

    def folder(family: str) -> Path:
        if family not in made:
            made[family] = save_model(tmp_path_factory.mktemp(family), family)
        return made[family]

    return folder


def read_all(model: LMModel, sites: list[str]) -> dict[tuple[str, int], torch.Tensor]:
    read: dict[tuple[str, int], torch.Tensor] = {}
    batch = model.pad(model.tokenise(TEXTS), range(len(TEXTS)))
    keep = lambda site, step, value: read.__setitem__((site, step), value.clone())  # noqa: E731
    with torch.no_grad(), model.reader(keep, sites, None) as reader:
        reader.run(batch.ids, batch.mask)
    return read


@pytest.mark.parametrize("family", CONFIGS)
def test_resid_is_the_hidden_state(family: str, folders: Callable[[str], Path]) -> None:
    model = LMModel(str(folders(family)))
    states = model(TEXTS).hidden_states
    read = read_all(model, ["resid"])
    assert len(states) == model.n_layers + 1 == 4
    for layer, state in enumerate(states):
        torch.testing.assert_close(read["resid", model.step("resid", layer)], state)


def test_final_norm_is_told(folders: Callable[[str], Path]) -> None:
    told = {
        "bert": False, "gpt2": True, "opt": True, "opt_post_norm": False, "t5": True,
        "llama": True, "llama_untied": False, "clip_text": False, "xlnet": False,
        "opt_projected": True, "opt_350m": False,
    }  # fmt: skip
    for family, expected in told.items():
        assert LMModel(str(folders(family))).final_norm is expected, family


@pytest.mark.parametrize(("value", "dtype"), [(float("nan"), "float32"), (1e38, "float16")])
def test_values_that_are_not_finite_are_said(value: float, dtype: str, tmp_path: Path) -> None:
    body = AutoModel.from_pretrained(save_model(tmp_path, "llama"))
    with torch.no_grad():
        body.layers[1].mlp.down_proj.weight.fill_(value)
    body.save_pretrained(tmp_path)
    pattern = rf"layer 2 contains NaN or infinity in {dtype}"
    with pytest.raises(ModelError, match=pattern) as raised:
        LMModel(str(tmp_path), dtype=dtype)
    hint = 'dtype = "bfloat16"' if dtype == "float16" else "checkpoint"
    assert hint in str(raised.value) and "name the blocks" not in str(raised.value)


def test_widths_of_layers(folders: Callable[[str], Path]) -> None:
    model = LMModel(str(folders("opt_350m")))
    assert [model.width("resid", layer) for layer in range(4)] == [32, 32, 32, 16]
    assert [model.width("attn", layer) for layer in range(1, 4)] == [32, 32, 32]


@pytest.mark.parametrize("n_texts", [1, 2, 6])
def test_sequence_first_is_turned(n_texts: int, folders: Callable[[str], Path]) -> None:
    """Six texts of six tokens: the two axes look the same."""
    model = LMModel(str(folders("xlnet")))
    ids = torch.arange(6)[None] + torch.arange(n_texts)[:, None]
    read: dict[tuple[str, int], torch.Tensor] = {}
    keep = lambda site, step, value: read.__setitem__((site, step), value.clone())  # noqa: E731
    with torch.no_grad(), model.reader(keep, ["resid"], None) as reader:
        states = reader.run(ids, torch.ones_like(ids), output_hidden_states=True).hidden_states
    for layer, state in enumerate(states):
        torch.testing.assert_close(read["resid", model.step("resid", layer)], state)


# Where a norm follows the sum, as the papers of these families draw it.
POST_NORM: dict[str, Rule] = {
    "bert": lambda b, x, a, m: b.output.LayerNorm(b.attention.output.LayerNorm(x + a) + m),
    "roberta": lambda b, x, a, m: b.output.LayerNorm(b.attention.output.LayerNorm(x + a) + m),
    "distilbert": lambda b, x, a, m: b.output_layer_norm(b.sa_layer_norm(x + a) + m),
    "opt_350m": lambda b, x, a, m: b.final_layer_norm(b.self_attn_layer_norm(x + a) + m),
    "opt_post_norm": lambda b, x, a, m: b.final_layer_norm(b.self_attn_layer_norm(x + a) + m),
    "bart": lambda b, x, a, m: b.final_layer_norm(b.self_attn_layer_norm(x + a) + m),
    "albert": lambda b, x, a, m: b.albert_layers[0].full_layer_layer_norm(
        b.albert_layers[0].attention.LayerNorm(x + a) + m
    ),
}
POST_NORM = defaultdict(lambda: lambda b, x, a, m: x + a + m, POST_NORM)


@pytest.mark.parametrize("family", WITH_ATTENTION)
def test_attention_and_mlp_add_up_to_the_block(family: str, folders: Callable[[str], Path]) -> None:
    model = LMModel(str(folders(family)))
    read = read_all(model, ["resid", "attn", "mlp"])
    blocks = model.hidden.blocks
    for step in range(1, model.n_layers + 1):
        block = blocks[min(step, len(blocks)) - 1]
        taken, attn, mlp = read["resid", step - 1], read["attn", step], read["mlp", step]
        assert attn.abs().max() > 1e-3 and mlp.abs().max() > 1e-3
        assert not torch.allclose(attn, mlp)
        with torch.no_grad():
            rebuilt = POST_NORM[family](block, taken, attn, mlp)
        torch.testing.assert_close(rebuilt, read["resid", step], atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(
    ("family", "attn", "mlp"),
    [
        ("bert", "encoder.layer.0.attention.output.dense", "encoder.layer.0.output.dense"),
        ("gemma3", "layers.0.post_attention_layernorm", "layers.0.post_feedforward_layernorm"),
        ("bloom", "h.0.self_attention.dense", "h.0.mlp.dense_4h_to_h"),
        ("opt", "decoder.layers.0.self_attn", "decoder.layers.0.fc2"),
        ("phi", "layers.0.self_attn", "layers.0.mlp"),
        ("t5", "block.0.layer.0.SelfAttention", "block.0.layer.1.DenseReluDense"),
    ],
)
def test_writers_are_the_modules_before_the_sum(
    family: str, attn: str, mlp: str, folders: Callable[[str], Path]
) -> None:
    model = LMModel(str(folders(family)))
    assert model.writers("attn")[0] is model.body.get_submodule(attn)
    assert model.writers("mlp")[0] is model.body.get_submodule(mlp)


@pytest.mark.parametrize("family", ["llama", "gemma2", "phi", "bert"])
def test_writers_are_the_same_in_bfloat16(family: str, folders: Callable[[str], Path]) -> None:
    def paths(dtype: str) -> list[str]:
        model = LMModel(str(folders(family)), dtype=dtype)
        names = {module: path for path, module in model.body.named_modules()}
        return [names[module] for site in ("attn", "mlp") for module in model.writers(site)]

    assert paths("bfloat16") == paths("float32")


@pytest.mark.parametrize("site", ["attn", "mlp"])
def test_mamba_has_no_attention(site: str, folders: Callable[[str], Path]) -> None:
    model = LMModel(str(folders("mamba")))
    with pytest.raises(SpecError, match=r"has no attention.*site = \"resid\""):
        model.writers(site)


def test_what_a_block_adds_may_be_out_of_reach(folders: Callable[[str], Path]) -> None:
    with pytest.raises(SpecError, match=r"cannot find the attn modules of"):
        LMModel(str(folders("xlnet"))).writers("attn")


def test_a_user_names_templates(folders: Callable[[str], Path]) -> None:
    named = {"blocks": "h.{}", "attn": "h.{}.attn.c_proj", "mlp": "h.{}.mlp.act"}
    model = LMModel(str(folders("gpt2")), **named)
    assert model.writers("attn")[1] is model.body.h[1].attn.c_proj
    assert model.writers("mlp")[2] is model.body.h[2].mlp.act


def test_a_template_that_names_nothing_is_refused(folders: Callable[[str], Path]) -> None:
    with pytest.raises(SpecError, match=r"blocks = 'g\.\{\}'.*'h\.\{\}'"):
        LMModel(str(folders("gpt2")), blocks="g.{}")
    with pytest.raises(SpecError, match=r"attn = 'h\.0\.attn'"):
        LMModel(str(folders("gpt2")), attn="h.0.attn").writers("attn")
    with pytest.raises(SpecError, match=r"matches 2 modules.*each of its 3 blocks"):
        LMModel(str(folders("t5")), attn="block.0.layer.{}").writers("attn")
