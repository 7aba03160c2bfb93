"""Blocks that are compiled by choice: the same features, and a clear word where that fails."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch

from probing.activations.entry_keys import pass_parts
from probing.engine.extraction import extract
from probing.engine.models import LMModel
from probing.errors import ModelError, SpecError
from probing.spec import ClassifierSpec, DatasetSpec, ModelSpec, PoolerSpec, Spec
from tests.support.texts import TEXTS
from tests.support.tiny_models import save_model

POOLERS = [PoolerSpec(pool="mean"), PoolerSpec(pool="last", layer=1)]
COMPILE = torch.compile


@pytest.fixture
def traced(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Traces as `torch.compile` does, but needs no compiler; what it was asked to compile."""
    asked: list[Any] = []

    def compile(function: Callable[..., Any], **options: Any) -> Any:
        asked.append(function)
        return COMPILE(function, backend="eager", **options)

    monkeypatch.setattr(torch, "compile", compile)
    yield asked
    torch._dynamo.reset()


@pytest.mark.parametrize("family", ["gpt2", "bert", "llama"])
def test_compiled_blocks_give_the_same_features(
    family: str, tmp_path: Path, traced: list[Any]
) -> None:
    folder = str(save_model(tmp_path, family, n_layers=2))
    plain, model = LMModel(folder), LMModel(folder, compile=True)
    expected = extract(plain, TEXTS, POOLERS, token_budget=60)
    assert not traced
    found = extract(model, TEXTS, POOLERS, token_budget=60)
    assert len(traced) == len(model.hidden.blocks) == 2 and found.layout == expected.layout
    for spec in POOLERS:
        torch.testing.assert_close(found.features[spec], expected.features[spec])
    # outside a pass the model is as it was
    assert not any("forward" in vars(block) for block in model.hidden.blocks)


def test_what_is_inside_a_block_is_read_without(tmp_path: Path, traced: list[Any]) -> None:
    model = LMModel(str(save_model(tmp_path, "gpt2")), compile=True)
    site = [PoolerSpec(pool="mean", site="attn"), POOLERS[0]]
    extract(model, TEXTS, site)
    assert not traced


def test_a_failure_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("no compiler is found")

    monkeypatch.setattr(torch, "compile", partial(COMPILE, backend=broken))
    model = LMModel(str(save_model(tmp_path, "gpt2")), compile=True)
    with pytest.raises(ModelError, match=r"no compiler is found.*set compile = false"):
        extract(model, TEXTS, POOLERS)
    assert not any("forward" in vars(block) for block in model.hidden.blocks)
    torch._dynamo.reset()


def test_the_key_and_the_cache() -> None:
    with pytest.raises(SpecError, match="true or false"):
        ModelSpec("m", compile="yes")  # type: ignore[arg-type]
    with pytest.raises(SpecError, match="device_map"):
        ModelSpec("m", compile=True, device_map="auto")
    others = {"datasets": (DatasetSpec("d"),), "classifiers": (ClassifierSpec("LDA"),)}
    for site in ("resid", "mlp"):
        poolers = (PoolerSpec(pool="mean"), PoolerSpec(pool="last", site=site))
        Spec(models=(ModelSpec("m"),), poolers=poolers, **others)
        with pytest.raises(SpecError, match="'mlp'") if site == "mlp" else nullcontext():
            Spec(models=(ModelSpec("m", compile=True),), poolers=poolers, **others)
    keys = [
        pass_parts(ModelSpec("m", compile=it), {"a": 1}, None, "float32", "x")
        for it in (True, False)
    ]
    assert keys[0] == keys[1]
