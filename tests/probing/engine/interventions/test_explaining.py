"""What a direction is near to, against the plain model."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from probing.datasets import from_mapping
from probing.engine.interventions.explaining import Explaining
from probing.engine.models import LMModel
from probing.interventions.explained_rows import Explained
from probing.interventions.requests import Explain
from probing.spec import PoolerSpec
from tests.probing.engine.interventions.test_steering import direction
from tests.support.texts import make_texts
from tests.support.tiny_models import VOCABULARY


@pytest.fixture(scope="module")
def explaining(model: LMModel) -> Explaining:
    texts = [f"{text} {('cat', 'dog')[at % 2]}" for at, text in enumerate(make_texts(12, 4))]
    data = from_mapping({"texts": texts, "labels": [text.split()[-1] for text in texts]})
    asked = Explain("p", n_shown=2, n_random=3)
    return Explaining(model, direction(1), data, PoolerSpec("mean"), asked)


def test_the_vocabulary_is_that_of_the_unembedding(explaining: Explaining) -> None:
    found, model = explaining.vocabulary(), explaining.model
    unit = explaining.probe.unit - explaining.probe.unit.mean()
    gain = model.body.ln_f.weight.detach().double().numpy()
    moved = model.whole.lm_head.weight.detach().double().numpy() @ (unit * gain)
    z = (moved - moved.mean()) / moved.std()
    raised, value = found["highest"][0]
    assert raised == VOCABULARY[int(z.argmax())]
    assert value == pytest.approx(z.max(), abs=1e-4)
    assert found["lowest"][0][1] == pytest.approx(z.min(), abs=1e-4)
    assert len(found["random"]) == 3


def test_class_means_texts_and_tokens_are_those_of_plain_hidden_states(
    explaining: Explaining,
) -> None:
    found, model, probe = explaining.dataset(), explaining.model, explaining.probe
    states = [
        model.body(**model.tokenizer(text, return_tensors="pt"), output_hidden_states=True)
        for text in explaining.data.texts
    ]
    for at, layer in enumerate(found["layers"]):
        means = [one.hidden_states[layer][0].mean(0).double().numpy() for one in states]
        own = np.array([one @ probe.unit for one in means])
        np.testing.assert_allclose(found["own"][at], (own - own.mean()) / own.std(), atol=1e-3)
    layer_1 = [one.hidden_states[1][0].double().numpy() for one in states]
    scores = [float(one.mean(0) @ probe.weights + probe.bias) for one in layer_1]
    text, score = found["texts"]["highest"][0]
    assert score == pytest.approx(max(scores), abs=1e-4)
    assert text == explaining.data.texts[int(np.argmax(scores))]
    of_tokens = [one @ probe.weights + probe.bias for one in layer_1]
    for side, sign in (("highest", 1), ("lowest", -1)):
        reached = [sign * one[1:] for one in of_tokens]
        best = int(np.argmax([one.max() for one in reached]))
        token, context, score = found["tokens"][side][0]
        assert sign * score == pytest.approx(reached[best].max(), abs=1e-4)
        assert token.strip() == explaining.data.texts[best].split()[1:][int(reached[best].argmax())]
        assert f"[{token}]" in context
    rows = Explained(explaining.request, {"dataset": found}, {}).rows()
    at = {"control": "", "read_layer": 1, "measure": "class_mean"}
    cats = rows.filter(rows["class"] == "cat", **at)
    is_cat = np.array([text.endswith("cat") for text in explaining.data.texts])
    assert cats["value"][0] == pytest.approx(np.mean(np.array(found["own"][1])[is_cat]))


def test_the_first_token_of_a_text_is_shown_only_where_the_probe_reads_it(
    explaining: Explaining,
) -> None:
    lengths = [len(text.split()) for text in dict.fromkeys(explaining.data.texts)]
    scores = [np.r_[9.0, np.linspace(0, 1, length - 1)] for length in lengths]
    assert explaining._tokens(scores)["highest"][0][2] == 1.0
    for pooler in (PoolerSpec("first"), PoolerSpec("token", quantile=0)):
        reads = dataclasses.replace(explaining, pooler=pooler)
        assert reads._tokens(scores)["highest"][0][2] == 9.0


def test_of_a_number_the_halves_stand_for_classes() -> None:
    known = {
        "layers": [1],
        "own": [[0.0, 1.0, 2.0, 3.0]],
        "random": [],
        "targets": [1.5, 0.5, 3.5, 2.5],
        "groups": [0, 1, 2, 3],
        "classes": [],
    }
    rows = Explained(Explain("p"), {"dataset": known}, {}).rows().filter(measure="class_mean")
    assert dict(zip(rows["class"], rows["value"], strict=True)) == {
        "below the median": 0.5,
        "above the median": 2.5,
    }


def test_every_layer_of_one_width_is_read(explaining: Explaining) -> None:
    assert explaining.layers == [0, 1, 2]
    assert torch.tensor(explaining.dataset()["random"]).shape == (3, 3, 12)
