"""Conversations and chosen tokens, against `apply_chat_template` and offsets by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from probing.datasets.marks.chats import Chats
from probing.engine.models.asked_of_tokens import Asked
from probing.engine.models.span_tokens import MarkedRows
from probing.engine.models.tokenizing import tokenise
from probing.engine.models.tokens import Tokens
from probing.errors import DatasetError, ModelError, SpecError
from probing.spec import PoolerSpec
from tests.support.trained_tokenizers import unigram

CHATML = (
    "{{ bos_token }}{% if messages[0]['role'] != 'system' %}<|im|>system\nThe café dog.<|end|>"
    "{% endif %}{% for m in messages %}<|im|>{{ m['role'] }}\n{{ m['content'] | trim }}<|end|>"
    "{% endfor %}{% if add_generation_prompt %}<|im|>assistant\n{% endif %}"
)
TEXT = "The café dog.\n\nThe café owner's dog isn't barking"
TURNS = (("user", 0, 13), ("assistant", 15, len(TEXT)))


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    made = unigram()
    made.add_special_tokens({"additional_special_tokens": ["<|im|>", "<|end|>"]})
    made.chat_template = CHATML
    return made


def read(tokenizer: Any, *choices: tuple[str, ...], turns: Any = TURNS, **options: Any) -> Tokens:
    return tokenise(tokenizer, [TEXT], None, None, Asked(None, choices, Chats((turns,), **options)))


def said(tokenizer: Any, tokens: Tokens, *terms: str) -> str:
    return spelt(tokenizer, tokens.ids[tokens.chosen[terms]])


def spelt(tokenizer: Any, ids: Any) -> str:
    return "".join(tokenizer.convert_ids_to_tokens(ids.tolist())).replace("▁", " ").strip()


def test_ids_are_those_of_the_chat_template_with_one_start_token(tokenizer: Any) -> None:
    messages = [{"role": role, "content": TEXT[start:end]} for role, start, end in TURNS]
    for prompt in (False, True):
        wanted = tokenizer.apply_chat_template(
            messages, add_generation_prompt=prompt, return_dict=False
        )
        tokens = read(tokenizer, generation_prompt=prompt)
        assert tokens.ids.tolist() == wanted
        assert wanted.count(tokenizer.bos_token_id) == 1
    special = [one in tokenizer.all_special_ids for one in wanted]
    assert tokens.specials.tolist() == special


def test_turns_are_found_though_the_template_says_the_same(tokenizer: Any) -> None:
    """What the user says stands in the template's own system prompt too."""
    tokens = read(tokenizer, ("user",), ("assistant",), ("template",), ("system",))
    assert said(tokenizer, tokens, "user") == "The café dog."
    assert said(tokenizer, tokens, "assistant") == TEXT[15:]
    assert "system" in said(tokenizer, tokens, "template")
    marks = [tokens.chosen[(one,)] for one in ("user", "assistant", "template")]
    assert (sum(mark.int() for mark in marks) == 1).all()
    whole = spelt(tokenizer, tokens.ids)
    assert whole.index("The café dog.") < whole.index("user")
    assert said(tokenizer, tokens, "system") == ""  # nobody gave one: it is the template's
    given = read(tokenizer, ("system",), turns=(("system", 0, 13), *TURNS[1:]))
    assert said(tokenizer, given, "system") == "The café dog."


def test_terms_narrow_one_another(tokenizer: Any) -> None:
    choices = (
        ("assistant", "last:3"),
        ("not template", "not special"),
        ("assistant", "first:4", "last:1"),
        ("/is(n't)/",),
        ("between:café..dog",),
        ("not assistant", "/owner/"),
    )
    tokens = read(tokenizer, *choices)
    own = tokens.ids[tokens.chosen[choices[0]]]
    every = read(tokenizer, ("assistant",))
    turn = tokens.ids[every.chosen[("assistant",)]]
    assert own.tolist() == turn[-3:].tolist()
    assert tokens.ids[tokens.chosen[choices[2]]].tolist() == [turn[3]]
    assert said(tokenizer, tokens, *choices[3]) == "n't"
    assert said(tokenizer, tokens, *choices[4]) == "owner's"
    assert not tokens.chosen[choices[5]].any()
    assert (tokens.chosen[choices[1]] == ~every.specials).sum() >= len(turn)


def test_spans_move_with_their_turn(tokenizer: Any) -> None:
    spans = [(15, 18), (19, 23), (9, 13), (13, 13), (len(TEXT), len(TEXT)), (13, 15)]
    marked = MarkedRows(np.arange(6), np.array([6]), np.array(spans).reshape(-1, 1, 2))
    tokens = tokenise(tokenizer, [TEXT], None, None, Asked(marked, (), Chats((TURNS,))))
    units = tokens.units
    assert units is not None
    found = [spelt(tokenizer, tokens.ids[slice(*one[0])]) for one in units.ranges.tolist()]
    assert found[:3] == ["The", "café", "dog."]
    assert "dog.".endswith(found[3]) and "barking".endswith(found[4]) and found[4]
    assert units.lost.tolist() == [False] * 5 + [True]  # between turns there is nothing


def test_a_template_that_is_missing_or_refuses_is_told(tokenizer: Any) -> None:
    with pytest.raises(ModelError, match="has no chat template"):
        read(unigram())
    strict = unigram()
    strict.chat_template = "{{ raise_exception('no system') }}"
    with pytest.raises(DatasetError, match=r"text 1: the chat template refuses .*no system"):
        read(strict)


def test_what_is_no_term_is_told() -> None:
    assert PoolerSpec(tokens=["assistant", "last:5"]).label == (
        "token(quantile=-1, tokens=[assistant,last:5])"
    )
    for wrong in ("robot", "last:x", "last:0", "between:a", "/(/", 3, ["user", 1]):
        with pytest.raises(SpecError, match="tokens"):
            PoolerSpec(tokens=wrong)  # type: ignore[arg-type]


def test_choices_reach_poolers_of_plain_texts(tmp_path: Path) -> None:
    from probing.engine.extraction import extract
    from probing.engine.models import LMModel
    from tests.support.tiny_models import save_model

    model = LMModel(str(save_model(tmp_path, "bert")))
    texts = ["the cat sat on a mat", "a dog ran", "it sat"]
    at_cat = PoolerSpec(pool="mean", tokens="/(?:cat|dog) \\w+/", layer=2)
    ends = PoolerSpec(position=(-2, -5), layer=1)
    inner = PoolerSpec(position=0, tokens="not special", layer=3)
    found = extract(model, texts, [at_cat, ends, inner])
    states = [model([text]).hidden_states for text in texts]
    for row, wanted in enumerate([[2, 3], [2, 3], [3]]):
        mean = states[row][2][0][wanted].mean(0)
        np.testing.assert_allclose(found.features[at_cat][0, row, 0], mean, atol=1e-5)
    assert found.fallbacks[at_cat] == 1 and found.fallbacks[ends] == 1
    for row, wanted in enumerate([[-2, -5], [-2, -5], [-2, 0]]):
        both = states[row][1][0][wanted].flatten()
        np.testing.assert_allclose(found.features[ends][0, row, 0], both, atol=1e-5)
    for row in range(3):
        np.testing.assert_allclose(
            found.features[inner][0, row, 0], states[row][3][0][1], atol=1e-5
        )
