"""Processes that are asked about a model, started as users have them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from probing.errors import ModelError
from probing.spec import ModelSpec
from tests.support.tiny_models import save_tokenizer
from tui.processes.computing.module_preview import modules_of
from tui.processes.computing.token_preview import taken_tokens

CONFIG = {"model_type": "bert", "num_hidden_layers": 2, "hidden_size": 4}


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model without weights in the working folder."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "tiny"
    folder.mkdir()
    save_tokenizer(folder)
    (folder / "config.json").write_text(json.dumps(CONFIG))
    return folder


def test_it_answers(tiny: Path) -> None:
    (tiny / "model.safetensors").write_bytes(b"\2\0\0\0\0\0\0\0{}")
    (row,) = taken_tokens({"texts": ["the cat"], "model": "tiny", "poolers": ["mean"]})
    assert row["tokens"] == ["[CLS]", "the", "cat", "[SEP]"] and all(row["taken"])


def test_what_it_says_went_wrong_is_raised(tiny: Path) -> None:
    with pytest.raises(ModelError, match="tiny"):
        modules_of(ModelSpec("tiny"))
