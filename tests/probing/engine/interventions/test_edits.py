"""Edits at the sites that extraction reads, on causal models of several architectures."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import transformers

from probing.engine.extraction import extract
from probing.engine.interventions import Add, Affine, Replace, edited
from probing.engine.models import LMModel
from probing.errors import ModelError, SpecError
from probing.spec import ModelSpec, PoolerSpec
from tests.support.tiny_models import CONFIGS, save_model, save_tokenizer

FAMILIES = ("gpt2", "gpt_neox", "opt", "llama", "gemma2", "bloom", "phi", "falcon")
TEXTS = ["the red cat sat on the mat", "a big dog ran in the house"]


@pytest.fixture(scope="module", params=FAMILIES)
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> LMModel:
    """A causal model with its head, of random weights."""
    folder = tmp_path_factory.mktemp(request.param)
    torch.manual_seed(0)
    whole = transformers.AutoModelForCausalLM.from_config(CONFIGS[request.param]())
    whole.save_pretrained(folder)
    save_tokenizer(folder)
    return LMModel.from_spec(ModelSpec(str(folder)), with_head=True)


def logits_of(model: LMModel, texts: list[str] = TEXTS) -> torch.Tensor:
    tokens = model.tokenise(texts)
    batch = model.pad(tokens, range(len(texts)))
    with torch.no_grad():
        logits: torch.Tensor = model.whole(input_ids=batch.ids, attention_mask=batch.mask).logits
    return logits


def places(model: LMModel) -> list[tuple[str, int]]:
    blocks = range(1, model.n_layers + 1)
    return [("resid", 0), *((site, at) for at in blocks for site in ("resid", "attn", "mlp"))]


def n_hooks(model: LMModel) -> int:
    kinds = ("_forward_hooks", "_forward_pre_hooks")
    return sum(len(getattr(part, kind)) for part in model.whole.modules() for kind in kinds)


def test_adding_nothing_changes_no_bit_and_adding_something_does(model: LMModel) -> None:
    plain, width = logits_of(model), model.width("resid", 0)
    for place in places(model):
        with edited(model, {place: Add(torch.zeros(width))}):
            assert torch.equal(logits_of(model), plain), place
        with edited(model, {place: Add(torch.full((width,), 0.5) * torch.arange(width).sin())}):
            assert not torch.allclose(logits_of(model), plain, atol=1e-4), place
    assert torch.equal(logits_of(model), plain)


def test_what_is_added_is_what_is_read_there(model: LMModel) -> None:
    """Extraction under the edit reads the layer's vector plus what was added, at every site."""
    direction = torch.randn(model.width("resid", 0), generator=torch.Generator().manual_seed(1))
    for site in ("resid", "attn", "mlp"):
        pooler = PoolerSpec("token", quantile=0.6, layer="each", site=site)
        plain = extract(model, TEXTS, [pooler]).features[pooler]
        first = 0 if site == "resid" else 1
        for layer in range(first, model.n_layers + 1):
            with edited(model, {(site, layer): Add(3 * direction)}):
                steered = extract(model, TEXTS, [pooler]).features[pooler]
            moved = (steered - plain)[layer - first, :, 0] @ (direction / direction.norm())
            torch.testing.assert_close(moved, torch.full((2,), 3 * float(direction.norm())))


def test_the_twins_tokens_at_layer_0_give_the_twins_logits(model: LMModel) -> None:
    seen: dict[int, torch.Tensor] = {}
    with model.reader(lambda site, step, x: seen.update({step: x.clone()}), ["resid"], None):
        plain = logits_of(model)
    swapped = seen[model.step("resid", 0)].flip(0)
    everywhere = torch.ones(swapped.shape[:2], dtype=torch.bool)
    with edited(model, {("resid", 0): Replace(swapped, everywhere)}):
        torch.testing.assert_close(logits_of(model), plain.flip(0))
    nowhere = torch.zeros_like(everywhere)
    with edited(model, {("resid", 0): Replace(swapped, nowhere)}):
        assert torch.equal(logits_of(model), plain)


def test_the_last_layer_is_what_the_head_reads(model: LMModel) -> None:
    width = model.width("resid", model.n_layers)
    with edited(model, {("resid", model.n_layers): Replace(torch.zeros(2, 9, width), _ones())}):
        logits = logits_of(model)
    assert torch.equal(logits, logits[:1, :1].expand_as(logits))


def _ones() -> torch.Tensor:
    return torch.ones(2, 9, dtype=torch.bool)


def test_hidden_states_of_transformers_are_edited_too(model: LMModel) -> None:
    plain = [state.clone() for state in model(TEXTS).hidden_states]
    step = torch.arange(model.width("resid", 0)).sin()
    # some families put layer 0 down before the first block is called with it
    for layer in range(1, model.n_layers + 1):
        with edited(model, {("resid", layer): Add(step)}):
            states = model(TEXTS).hidden_states
        torch.testing.assert_close(states[layer], plain[layer] + step)
        for before in range(layer):
            assert torch.equal(states[before], plain[before])


def test_a_plain_model_object_is_edited_too(model: LMModel) -> None:
    plain, own = logits_of(model), LMModel.of(model.whole, model.tokenizer)
    width = model.width("resid", 0)
    with edited(own, {("resid", 2): Add(torch.arange(width).sin())}):
        moved = logits_of(model)
        ids = model.whole.generate(torch.tensor([[4, 6, 8]]), max_new_tokens=2, do_sample=False)
    assert not torch.allclose(moved, plain, atol=1e-4)
    assert ids.shape[1] > 3
    assert torch.equal(logits_of(model), plain)


def test_hooks_are_gone_also_after_an_exception(model: LMModel) -> None:
    before, plain = n_hooks(model), logits_of(model)

    def fail(activation: torch.Tensor) -> torch.Tensor:
        raise RuntimeError("inside a pass")

    with pytest.raises(RuntimeError, match="inside a pass"), edited(model, {("mlp", 2): fail}):
        logits_of(model)
    assert n_hooks(model) == before
    assert torch.equal(logits_of(model), plain)


def test_a_projection_leaves_nothing_along_its_direction(model: LMModel) -> None:
    width = model.width("resid", 1)
    axis = torch.nn.functional.normalize(torch.arange(1.0, width + 1), dim=0)
    centre = torch.full((width,), 0.25)
    pooler = PoolerSpec("mean", layer=1)
    with edited(model, {("resid", 1): Affine(axis[:, None], axis[None], centre)}):
        left = extract(model, TEXTS, [pooler]).features[pooler].reshape(2, width)
    torch.testing.assert_close(left @ axis, (centre @ axis).expand(2))


def test_part_of_a_twin_is_put_along_the_direction_alone() -> None:
    x, twin = torch.randn(2, 3, 8), torch.randn(2, 3, 8)
    axis = torch.nn.functional.normalize(torch.randn(8), dim=0)
    there = torch.tensor([[True, False, True]] * 2)
    after = Replace(twin, there, axis)(x)
    assert torch.equal(after[:, 1], x[:, 1])
    torch.testing.assert_close((after @ axis)[there], (twin @ axis)[there])
    across = torch.eye(8) - torch.outer(axis, axis)
    torch.testing.assert_close(after @ across, x @ across)


def test_a_layer_that_is_not_there_and_an_encoder_are_refused(tmp_path: Path) -> None:
    model = LMModel(str(save_model(tmp_path, "bert")))
    with pytest.raises(SpecError, match="layer 4 is not a layer"):
        edited(model, {("resid", 4): Add(torch.zeros(32))})
    with pytest.raises(SpecError, match="layer 0 is not a layer"):
        edited(model, {("attn", 0): Add(torch.zeros(32))})
    with pytest.raises(ModelError, match="is an encoder"):
        LMModel.from_spec(ModelSpec(str(tmp_path)), with_head=True)
