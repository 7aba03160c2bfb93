"""A tiny causal model with its head."""

from __future__ import annotations

import pytest

from probing.engine.models import LMModel
from probing.spec import ModelSpec
from tests.support.tiny_models import save_causal


@pytest.fixture(scope="package")
def model(tmp_path_factory: pytest.TempPathFactory) -> LMModel:
    """A GPT-2 of two layers of width 16."""
    folder = save_causal(tmp_path_factory.mktemp("gpt2"))
    return LMModel.from_spec(ModelSpec(str(folder)), with_head=True)
