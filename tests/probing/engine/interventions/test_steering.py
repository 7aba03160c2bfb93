"""Steering a causal model along a direction."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from probing.engine.interventions.steering import Steering
from probing.engine.models import LMModel
from probing.errors import SpecError
from probing.interventions.conditions import conditions_of
from probing.interventions.directions import Direction
from probing.interventions.requests import Steer
from probing.spec import PoolerSpec
from tests.support.tiny_models import VOCABULARY

PROMPT = "the red cat sat on"


def direction(layer: int = 1, weights: object = None) -> Direction:
    drawn = np.random.default_rng(0).standard_normal(16)
    own = drawn if weights is None else np.asarray(weights, dtype=float)
    return Direction("probe", "resid", layer, own, 0.5, 0.25)


def request(**changes: object) -> Steer:
    asked = {
        "scales": (-2.0, 0.0, 2.0),
        "layers": (1,),
        "choices": ("cat", "dog"),
        "n_random": 2,
        "n_shuffled": 0,
    }
    return Steer("p", (PROMPT,), (0,), **(asked | changes))


def test_each_scale_moves_the_score_at_the_layer_by_itself_times_the_norm(model: LMModel) -> None:
    probe, asked = direction(), request()
    found = Steering(model, probe, PoolerSpec("mean"), asked)(PROMPT)
    conditions, scores = conditions_of(asked), np.array(found["score"])
    own = [at for at, one in enumerate(conditions) if not one.control]
    moved = scores[own, 0] - scores[0, 0]
    told = [conditions[at].scale * probe.spread * probe.norm for at in own]
    np.testing.assert_allclose(moved, told, atol=1e-5)
    assert scores.shape == (len(conditions), 2)
    assert len(conditions) == 1 + 2 + 2 * 2


def test_without_steering_all_is_as_in_the_plain_model(model: LMModel) -> None:
    found = Steering(model, direction(), PoolerSpec("mean"), request(max_new=4))(PROMPT)
    ids = model.tokenizer(PROMPT, return_tensors="pt").input_ids
    with torch.no_grad():
        logits = model.whole(ids).logits[0, -1].double()
        said = model.whole.generate(ids, max_new_tokens=4, do_sample=False)[0]
        losses = model.whole(said[None], labels=said[None]).logits[0].log_softmax(-1)
    cat, dog = VOCABULARY.index("cat"), VOCABULARY.index("dog")
    assert found["log_odds"][0] == pytest.approx(float(logits[cat] - logits[dog]), abs=1e-5)
    assert found["kl"][0] == pytest.approx(0, abs=1e-9)
    assert found["kl"][1] > 1e-6
    assert found["text"][0] == model.tokenizer.decode(said[5:], skip_special_tokens=True)
    told = -float(losses[4:-1].gather(1, said[5:, None]).sum())
    assert found["loss"][0] == pytest.approx(told, abs=1e-4)
    assert found["n_tokens"][0] == len(said) - 5


def test_text_is_generated_under_steering_and_ends_at_its_end(model: LMModel) -> None:
    """Steered hard towards a token's row of the head, the model says that token."""
    head = model.whole.lm_head.weight
    for word, n_tokens in (("house", 3), ("[SEP]", 0)):
        row = head[VOCABULARY.index(word)].double().numpy()
        asked = request(scales=(4000.0,), layers=(2,), max_new=3, n_random=0)
        found = Steering(model, direction(2, row), PoolerSpec("mean"), asked)(PROMPT)
        assert found["n_tokens"][1] == n_tokens
        assert found["text"][1] == " ".join(["house"] * 3) * (word == "house")
    assert found["loss"][1] == 0


def test_what_a_lot_of_conditions_gives_does_not_depend_on_its_size(
    model: LMModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    steering = Steering(model, direction(), PoolerSpec("mean"), request(layers=(1, 2)))
    whole = steering(PROMPT)
    monkeypatch.setattr("probing.engine.interventions.steering.BUDGET", 16)
    parts = steering(PROMPT)
    for key, values in whole.items():
        np.testing.assert_allclose(parts[key], values, atol=1e-5)


def test_choices_of_several_tokens_and_directions_without_length_are_refused(
    model: LMModel,
) -> None:
    for choices, told in (
        (("the cat", "dog"), "is 2 tokens"),
        (("zebra", "dog"), "is unknown"),
        (("cat", "cat"), "are one token"),
    ):
        with pytest.raises(SpecError, match=told):
            Steering(model, direction(), PoolerSpec("mean"), request(choices=choices))(PROMPT)
    with pytest.raises(SpecError, match="no length"):
        direction(weights=np.zeros(16))
