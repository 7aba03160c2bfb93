"""Token ids: those that each text has alone, and those alone that the model has embeddings for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from transformers import AutoTokenizer

from probing.engine.extraction import extract
from probing.engine.models import LMModel
from probing.engine.models.tokenizing import tokenise
from probing.errors import ModelError
from probing.spec import PoolerSpec
from tests.support.texts import make_texts
from tests.support.tiny_models import VOCABULARY, save_model

TEXTS = make_texts(60, longest=20)


class Padding:
    """Pads to the longest text whatever it is asked for."""

    def __init__(self, own: Any) -> None:
        self.own = own

    def __call__(self, texts: list[str], **options: Any) -> Any:
        return self.own(texts, **{**options, "padding": True})


class Counting(Padding):
    """Marks the second text that it is given."""

    def __call__(self, texts: list[str], **options: Any) -> Any:
        found = self.own(texts, **options)
        if len(texts) > 1:
            found["input_ids"][1].append(4)
            found["special_tokens_mask"][1].append(0)
        return found


@pytest.mark.parametrize("wrapped", [Padding, Counting])
@pytest.mark.parametrize("max_length", [None, 8])
def test_ids_do_not_depend_on_other_texts(
    wrapped: type[Padding], max_length: int | None, tmp_path: Path
) -> None:
    own = AutoTokenizer.from_pretrained(save_model(tmp_path, "bert"))
    expected = tokenise(own, TEXTS, max_length)
    found = tokenise(wrapped(own), TEXTS, max_length)
    assert found.ids.tolist() == expected.ids.tolist()
    assert found.lengths.tolist() == expected.lengths.tolist()
    assert found.specials.tolist() == expected.specials.tolist()


def changed(folder: Path, file: str, **values: object) -> str:
    content = json.loads((folder / file).read_text())
    (folder / file).write_text(json.dumps(content | values))
    return str(folder)


@pytest.mark.parametrize("length", [-5, "x", None, 0, 10**30])
def test_a_length_that_says_nothing_cuts_nothing(length: object, tmp_path: Path) -> None:
    save_model(tmp_path, "bert")
    model = LMModel(changed(tmp_path, "tokenizer_config.json", model_max_length=length))
    assert model.max_length == 40


@pytest.mark.parametrize("length", [1, 2])
def test_a_length_without_room_for_text(length: int, tmp_path: Path) -> None:
    save_model(tmp_path, "bert")
    pattern = rf"its length of {length} tokens leaves no room for text \(2 special tokens\)"
    with pytest.raises(ModelError, match=pattern):
        LMModel(changed(tmp_path, "tokenizer_config.json", model_max_length=length))


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        (
            "hidden_act",
            [1],
            "cannot be used .Validation error for field 'hidden_act': ",
        ),
        ("dtype", "torch.nan", "config.json cannot be used"),
        ("id2label", "x", "config.json cannot be used"),
        ("intermediate_size", 65, "weights do not have the sizes that its config.json tells"),
    ],
)
def test_an_odd_configuration_is_named(
    key: str, value: object, message: str, tmp_path: Path
) -> None:
    save_model(tmp_path, "bert")
    with pytest.raises(ModelError, match=message) as raised:
        LMModel(changed(tmp_path, "config.json", **{key: value}))
    assert "\n" not in str(raised.value) and len(str(raised.value)) < 600


def test_an_id_of_no_vocabulary_is_none(tmp_path: Path) -> None:
    save_model(tmp_path, "bert")
    model = LMModel(changed(tmp_path, "config.json", bos_token_id=10**25, eos_token_id=-1))
    assert extract(model, TEXTS, [PoolerSpec()])


def test_a_tokenizer_larger_than_the_embeddings(tmp_path: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(save_model(tmp_path, "gpt2"))
    tokenizer.add_tokens(["zebra", "yak"])
    tokenizer.save_pretrained(tmp_path)
    model = LMModel(str(tmp_path))
    assert model(["the cat"]).hidden_states
    size = len(VOCABULARY)
    pattern = rf"text 3 has the token id {size + 1}, and the model has embeddings for {size} ids"
    with pytest.raises(ModelError, match=pattern) as raised:
        extract(model, ["the cat", "it", "a yak ran", "zebra"], [PoolerSpec()])
    assert "tokenizer = " in str(raised.value) and "\n" not in str(raised.value)
