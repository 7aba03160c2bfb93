"""PEFT adapters: loaded onto their base model, or named for what they are."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM

from probing import catalog
from probing.engine.models import LMModel
from probing.errors import ModelError
from probing.spec import ModelSpec
from tests.support.tiny_models import config, save_tokenizer


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A base model and an adapter that changes it."""
    peft = pytest.importorskip("peft")
    torch.manual_seed(0)
    root = tmp_path_factory.mktemp("adapters")
    base, adapter = root / "base", root / "adapter"
    whole = AutoModelForCausalLM.from_config(config("llama"))
    whole.save_pretrained(base)
    save_tokenizer(base)
    lora = peft.LoraConfig(
        task_type="CAUSAL_LM", r=2, target_modules=["q_proj"], init_lora_weights=False
    )
    whole = AutoModelForCausalLM.from_pretrained(base)
    peft.get_peft_model(whole, lora).save_pretrained(adapter)
    return base, adapter


def test_an_adapter_is_loaded_onto_its_base_model(folders: tuple[Path, Path]) -> None:
    base, adapter = map(LMModel, map(str, folders))
    assert adapter.n_layers == base.n_layers == 3 and adapter.n_params == base.n_params
    text = ["the cat sat on the mat"]
    ours, plain = adapter(text).hidden_states, base(text).hidden_states
    assert torch.equal(ours[0], plain[0]) and not torch.allclose(ours[1], plain[1], atol=1e-4)
    from peft import AutoPeftModelForCausalLM

    whole = AutoPeftModelForCausalLM.from_pretrained(folders[1]).eval()
    ids = base.tokenise(text).ids.long()[None]
    with torch.no_grad():
        theirs = whole(input_ids=ids, output_hidden_states=True).hidden_states
    for mine, expected in zip(ours, theirs, strict=True):
        torch.testing.assert_close(mine, expected, atol=1e-5, rtol=1e-5)


def test_facts_are_those_of_the_base_model(folders: tuple[Path, Path]) -> None:
    base, adapter = (catalog.facts(ModelSpec(str(folder)), Path()) for folder in folders)
    assert (adapter.n_layers, adapter.d_model) == (base.n_layers, base.d_model)
    assert adapter.folder == folders[1] and adapter.base_folder == folders[0]
    names = {Path(row.name).name: row for row in catalog.local_models([folders[0].parent])}
    assert names["adapter"].n_layers == 3 and not names["adapter"].error


def test_without_peft_it_is_named(
    folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("probing.catalog.files.adapters.find_spec", lambda name: None)
    with pytest.raises(ModelError, match=r"is a PEFT adapter of .*base, which needs peft"):
        catalog.facts(ModelSpec(str(folders[1])), Path())
