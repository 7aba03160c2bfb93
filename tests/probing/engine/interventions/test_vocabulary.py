"""The logit lens of a direction, against the arithmetic by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from probing.engine.interventions.vocabulary import through_input_embeddings, through_unembedding
from probing.engine.models import LMModel
from probing.errors import ModelError
from probing.spec import ModelSpec
from tests.support.tiny_models import VOCABULARY, save_model

UNITS = np.random.default_rng(0).standard_normal((3, 32))
UNITS /= np.linalg.norm(UNITS, axis=1, keepdims=True)


def causal(folder: Path, family: str) -> LMModel:
    return LMModel.from_spec(ModelSpec(str(save_model(folder, family, head=True))), with_head=True)


def array(tensor: torch.Tensor) -> np.ndarray:
    return tensor.detach().double().numpy()


def centred(scores: np.ndarray) -> np.ndarray:
    return scores - scores.mean(axis=1, keepdims=True)


def n_hooks(model: LMModel) -> int:
    kinds = ("_forward_hooks", "_forward_pre_hooks")
    return sum(len(getattr(part, kind)) for part in model.whole.modules() for kind in kinds)


def test_a_direction_goes_through_the_gain_of_the_final_norm(tmp_path: Path) -> None:
    """LayerNorm takes the mean away and divides by the spread; RMSNorm divides by the size."""
    model = causal(tmp_path / "gpt2", "gpt2")
    gain, head = array(model.body.ln_f.weight), array(model.whole.lm_head.weight)
    left = UNITS - UNITS.mean(axis=1, keepdims=True)
    told = centred(left / left.std(axis=1, keepdims=True) * gain @ head.T)
    before = n_hooks(model)
    found = through_unembedding(model, UNITS, after_norm=False)
    np.testing.assert_allclose(found, told, atol=2e-4)
    assert found.shape == (3, len(VOCABULARY))
    assert n_hooks(model) == before

    model = causal(tmp_path / "llama", "llama")
    gain, head = array(model.body.norm.weight), array(model.whole.lm_head.weight)
    told = centred(UNITS * 32**0.5 * gain @ head.T)
    np.testing.assert_allclose(through_unembedding(model, UNITS, after_norm=False), told, atol=2e-4)


def test_behind_the_final_norm_only_the_unembedding_is_left(tmp_path: Path) -> None:
    model = causal(tmp_path, "gpt_neox")
    head = array(model.whole.get_output_embeddings().weight)
    told = centred(UNITS * 32**0.5 @ head.T)
    np.testing.assert_allclose(through_unembedding(model, UNITS, after_norm=True), told, atol=2e-4)


def test_a_row_of_the_unembedding_says_its_own_token(tmp_path: Path) -> None:
    model = causal(tmp_path, "llama")
    gain, head = array(model.body.norm.weight), array(model.whole.lm_head.weight)
    cat = head[VOCABULARY.index("cat")] / gain
    found = through_unembedding(model, cat[None] / np.linalg.norm(cat), after_norm=False)
    assert found[0].argmax() == VOCABULARY.index("cat")


def test_an_encoder_has_input_embeddings_alone(tmp_path: Path) -> None:
    model = LMModel(str(save_model(tmp_path, "bert")))
    with pytest.raises(ModelError, match="has no output embeddings"):
        through_unembedding(model, UNITS, after_norm=False)
    told = centred(UNITS @ array(model.body.get_input_embeddings().weight).T)
    np.testing.assert_allclose(through_input_embeddings(model, UNITS), told, atol=1e-9)
