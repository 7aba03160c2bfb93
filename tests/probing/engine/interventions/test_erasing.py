"""Erasing a concept from a tiny causal model."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from probing.datasets import TextDataset, from_mapping
from probing.datasets.marks.chats import Chats
from probing.engine.interventions import Add, edited
from probing.engine.interventions.erasing import Erasing
from probing.engine.models import LMModel
from probing.interventions.erased_rows import Erased
from probing.interventions.erasures import LEACE, PLAIN, RANDOM, Erasure, erasures_of
from probing.interventions.requests import Erase
from probing.spec import PoolerSpec
from tests.support.texts import make_texts


@pytest.fixture(scope="module")
def data() -> TextDataset:
    """Whether a text ends with a cat, which its last token tells at every layer."""
    texts = [f"{text} {('cat', 'dog', 'dog')[at % 3]}" for at, text in enumerate(make_texts(60, 6))]
    labels = ["cat" if text.endswith("cat") else "dog" for text in texts]
    return from_mapping({"texts": texts, "labels": labels})


def erasing(model: LMModel, data: TextDataset, **changes: object) -> Erasing:
    asked = Erase("p", places=((1,), (0, 1, 2)), n_folds=2, n_random=1)
    return Erasing(model, data, "resid", PoolerSpec("token"), asked, **changes)


def test_a_new_probe_falls_to_the_majority_under_leace_alone(
    model: LMModel, data: TextDataset
) -> None:
    work = erasing(model, data, choices=(6, 7))
    plain = work(Erasure(0, PLAIN, (1,)))
    assert plain["layers"] == [1, 2]
    assert np.mean(plain["hits"], axis=1).min() > 0.95
    erased = work(Erasure(0, LEACE, (1,)))
    majority = np.bincount(data.targets[work.folds[0].train]).max() / len(work.folds[0].train)
    assert erased["trained"][0] <= majority + 1e-9
    assert np.mean(erased["hits"][0]) < 0.75 < 0.9 < np.mean(plain["hits"][0])
    random = work(Erasure(0, RANDOM, (1,)))
    assert np.mean(random["hits"][0]) > 0.9
    assert erased["rows"] == work.folds[0].test.tolist()
    assert len(erased["log_odds"]) == len(erased["rows"])


def test_erasing_at_every_layer_leaves_no_layer_with_the_concept(
    model: LMModel, data: TextDataset
) -> None:
    work = erasing(model, data)
    erased = work(Erasure(0, LEACE, (0, 1, 2)))
    train = data.targets[work.folds[0].train]
    assert max(erased["trained"]) <= np.bincount(train).max() / len(train) + 1e-9


def test_the_loss_of_a_text_is_that_of_the_plain_model(model: LMModel, data: TextDataset) -> None:
    work = erasing(model, data)
    found = work(Erasure(0, PLAIN, (2,)))
    text = data.texts[found["rows"][3]]
    ids = model.tokenizer(text, return_tensors="pt").input_ids
    with torch.no_grad():
        told = model.whole(ids, labels=ids).loss
    assert found["loss"][3] == pytest.approx(float(told), abs=1e-5)


def test_the_loss_of_a_conversation_is_that_of_what_the_model_reads(
    model: LMModel, data: TextDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    template = "the red {% for one in messages %}{{ one.content }}{% endfor %} sat"
    monkeypatch.setattr(model.tokenizer, "chat_template", template)
    turns = tuple((("user", 0, len(text)),) for text in data.texts)
    work = erasing(model, dataclasses.replace(data, chats=Chats(turns)))
    found = work(Erasure(0, PLAIN, (2,)))
    text = f"the red {data.texts[found['rows'][3]]} sat"
    ids = model.tokenizer(text, return_tensors="pt").input_ids
    with torch.no_grad():
        told = model.whole(ids, labels=ids).loss
    assert found["loss"][3] == pytest.approx(float(told), abs=1e-5)


def test_units_are_folds_places_and_ways_with_the_model_as_it_is() -> None:
    units = erasures_of(Erase("p", places=((2,), (1, 2)), n_random=2), 2)
    assert len({one.key for one in units}) == len(units) == 2 * (1 + 2 * (2 + 2))
    assert units[0] == Erasure(0, PLAIN, (1,))


def test_a_number_is_erased_by_its_cross_covariance_and_r2_falls_to_none(model: LMModel) -> None:
    """The target is a direction of the activations: ridge reads it until LEACE takes it out."""
    texts, own = make_texts(80, 6), {"task": "regression"}
    work = erasing(model, from_mapping({"texts": texts, "labels": [*range(80)], **own}))
    features = work._features({}, [1])[0].astype(np.float64)
    targets = (features - features.mean(0)) @ np.sin(np.arange(features.shape[1]))
    labels = (targets / targets.std()).tolist()
    data = from_mapping({"texts": texts, "labels": labels, **own})
    asked = dataclasses.replace(work.request, places=((1,),))
    work = dataclasses.replace(work, data=data, request=asked)
    done = {one.key: work(one) for one in erasures_of(asked, 2)}
    found = Erased(asked, done, {}, range(80), 2, targets=data.targets.tolist())
    rows = found.rows().filter(read_layer=1, measure="r2")
    by = {row["edit"]: row for row in rows.iter_rows(named=True)}
    assert by["none"]["value"] > 0.95 and by["random"]["value"] > 0.5
    for method in ("leace", "mean"):
        assert abs(by[method]["value"]) < 0.1
        assert by[method]["low"] < 0 < by[method]["high"]
    fold = work.folds[0]
    eraser = work._eraser(Erasure(0, LEACE, (1,)), features[fold.train], fold)
    left = eraser(torch.from_numpy(features[fold.train])).numpy()
    own = data.targets[fold.train]
    assert np.abs((left - left.mean(0)).T @ (own - own.mean())).max() < 1e-3
    assert work.majority is None


def test_what_a_model_continues_is_said_before_any_edit(model: LMModel, data: TextDataset) -> None:
    work = erasing(model, data, generate=3)
    tokens = work.texts.tokens([0, 1])
    known = work.texts.distinct.continuations
    assert known is not None
    plain = model.tokenise(data.texts[:2]).lengths.tolist()
    told = [len(one) for one in known.of(work.texts.distinct.text_at[:2].tolist()).ids]
    assert tokens.lengths.tolist() == [n + more for n, more in zip(plain, told, strict=True)]
    with edited(model, {("resid", 1): Add(torch.ones(16))}):
        assert work.texts.tokens([0, 1]).ids.tolist() == tokens.ids.tolist()
    assert len(work(Erasure(0, PLAIN, (2,)))["loss"]) == len(work.folds[0].test)
