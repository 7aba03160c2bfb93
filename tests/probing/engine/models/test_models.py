"""Models: a text's vector does not depend on its batch, on padding or on the tokenizer's habits."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from probing.engine.models import LMModel
from probing.errors import DatasetError, DeviceError, ModelError, SpecError
from probing.spec import ModelSpec
from tests.support.tiny_models import CONFIGS, config, save_model, save_tokenizer

TEXTS = ["the cat", "a big red dog ran in the house on the mat", "it sat", "the dog sat on it"]


@pytest.mark.parametrize("side", ["right", "left"])
@pytest.mark.parametrize("family", CONFIGS)
def test_a_text_alone_and_in_a_batch(family: str, side: str, tmp_path: Path) -> None:
    model = LMModel(str(save_model(tmp_path, family, side=side, pad=side == "right")))
    together = model(TEXTS)
    for row, text in enumerate(TEXTS):
        alone = model([text])
        count = int(together["attention_mask"][row].sum())
        assert alone.attention_mask.shape == (1, count)
        for mine, ours in zip(alone["hidden_states"], together.hidden_states, strict=True):
            torch.testing.assert_close(mine[0], ours[row, :count], atol=1e-5, rtol=1e-4)


def test_hidden_states_are_those_of_transformers(tmp_path: Path) -> None:
    torch.manual_seed(0)
    whole = AutoModelForCausalLM.from_config(config("llama")).eval()
    whole.save_pretrained(tmp_path)
    save_tokenizer(tmp_path)
    ids = AutoTokenizer.from_pretrained(tmp_path)(TEXTS[1], return_tensors="pt")
    with torch.no_grad():
        expected = whole(**ids, output_hidden_states=True).hidden_states
    model = LMModel(str(tmp_path))
    for mine, theirs in zip(model([TEXTS[1]]).hidden_states, expected, strict=True):
        torch.testing.assert_close(mine, theirs)
    assert not any("lm_head" in name for name, _ in model.body.named_modules())
    assert model.n_params < sum(part.numel() for part in whole.parameters())


def test_encoder_decoder_is_its_encoder(tmp_path: Path) -> None:
    model = LMModel(str(save_model(tmp_path, "bart")))
    assert model.n_layers == 3
    assert not any("decoder" in name for name, _ in model.body.named_modules())


def test_special_tokens_are_marked(tmp_path: Path) -> None:
    output = LMModel(str(save_model(tmp_path, "bert")))(["the cat", "it"])
    assert output["special_tokens_mask"].tolist() == [[1, 0, 0, 1], [1, 0, 1, 0]]
    assert output["attention_mask"].tolist() == [[1, 1, 1, 1], [1, 1, 1, 0]]


@pytest.mark.parametrize(("side", "kept"), [("right", "the cat"), ("left", "red dog")])
def test_truncation_keeps_special_tokens(side: str, kept: str, tmp_path: Path) -> None:
    save_model(tmp_path, "bert")
    model = LMModel(str(tmp_path), max_length=4, truncation=side)
    tokens = model.tokenise(["the cat sat on a big red dog", "it ran"])
    assert tokens.lengths.tolist() == [4, 4] and tokens.truncated.tolist() == [True, False]
    assert tokens.ids[:4].tolist() == model.tokenise([kept]).ids.tolist()
    assert tokens.specials[:4].tolist() == [True, False, False, True]


@pytest.mark.parametrize(("family", "length"), [("bert", 40), ("roberta", 40), ("gpt2", 40)])
def test_the_longest_text_runs(family: str, length: int, tmp_path: Path) -> None:
    model = LMModel(str(save_model(tmp_path, family)))
    assert model.max_length == length
    assert model(["the " * 200]).hidden_states[-1].shape == (1, length, 32)
    assert LMModel(str(tmp_path), max_length=500).max_length == length


def test_a_text_without_tokens(tmp_path: Path) -> None:
    save_model(tmp_path, "gpt2")
    save_tokenizer(tmp_path, cls=False)
    with pytest.raises(DatasetError, match=r"text 2.*no tokens"):
        LMModel(str(tmp_path))(["the cat", ""])
    tokenizer = AutoTokenizer.from_pretrained(tmp_path)
    tokenizer.eos_token = "[SEP]"
    tokenizer.save_pretrained(tmp_path)
    output = LMModel(str(tmp_path))(["the cat", ""])
    assert output.attention_mask.tolist() == [[1, 1], [1, 0]]
    assert output.special_tokens_mask.tolist() == [[0, 0], [1, 0]]


def test_two_names_and_dtype(tmp_path: Path) -> None:
    model_folder, words = save_model(tmp_path / "model", "gpt2"), tmp_path / "words"
    (model_folder / "tokenizer.json").unlink()
    (model_folder / "tokenizer_config.json").unlink()
    with pytest.raises(ModelError, match="tokenizer"):
        LMModel(str(model_folder))
    save_tokenizer(words)
    model = LMModel({"model": str(model_folder), "tokenizer": str(words)}, "cpu", dtype="bfloat16")
    assert model.dtype == torch.bfloat16 and model(["it"]).hidden_states[0].dtype == torch.bfloat16
    spec = ModelSpec("model", tokenizer="words")
    assert LMModel.from_spec(spec, "cpu", "auto", tmp_path).dtype == torch.float32


def test_a_table_may_have_every_key_of_a_model(tmp_path: Path) -> None:
    folder = str(save_model(tmp_path, "gpt2"))
    assert LMModel({"model": folder, "max_length": 3}).max_length == 3
    assert LMModel({"model": folder, "max_length": 3}, max_length=4).max_length == 3
    with pytest.raises(SpecError, match=r"unknown key 'max_lenght'.*max_length"):
        LMModel({"model": folder, "max_lenght": 3})
    with pytest.raises(SpecError, match="'model' is missing"):
        LMModel({"tokenizer": folder})


def test_a_limit_that_special_tokens_use_up_is_refused(tmp_path: Path) -> None:
    folder = str(save_model(tmp_path, "bert"))
    n_special = LMModel(folder).tokenizer.num_special_tokens_to_add()
    assert n_special
    with pytest.raises(SpecError, match="leaves no room for text"):
        LMModel(folder, max_length=n_special)
    assert LMModel(folder, max_length=n_special + 1)(["the cat"]).attention_mask.sum() == 3


def test_pickled_weights_are_refused(tmp_path: Path) -> None:
    save_model(tmp_path, "gpt2")
    (tmp_path / "model.safetensors").rename(tmp_path / "pytorch_model.bin")
    with pytest.raises(ModelError, match=r"pickled.*safetensors"):
        LMModel(str(tmp_path))


def test_a_checkpoint_without_some_weights_is_refused(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    save_model(tmp_path, "gpt2")
    weights = load_file(tmp_path / "model.safetensors")
    del weights["h.1.mlp.c_fc.weight"]
    save_file(weights, tmp_path / "model.safetensors", {"format": "pt"})
    with pytest.raises(ModelError, match=r"1 weights are missing, such as h\.1\.mlp\.c_fc\.weight"):
        LMModel(str(tmp_path))


def test_code_of_a_repository_is_not_run(tmp_path: Path) -> None:
    save_model(tmp_path, "gpt2")
    path = tmp_path / "config.json"
    path.write_text(path.read_text().replace('"gpt2"', '"my_own"').replace(
        "{", '{"auto_map": {"AutoConfig": "code.C", "AutoModel": "code.M"},', 1))  # fmt: skip
    (tmp_path / "code.py").write_text("raise SystemExit('it was run')\n")
    with pytest.raises(ModelError, match="trust_remote_code = true"):
        LMModel(str(tmp_path))


def test_a_device_that_is_not_there(tmp_path: Path) -> None:
    save_model(tmp_path, "gpt2")
    with pytest.raises(DeviceError, match="cuda:99"):
        LMModel(str(tmp_path), "cuda:99")
    with pytest.raises(DeviceError, match="'abacus'"):
        LMModel(str(tmp_path), "abacus")
