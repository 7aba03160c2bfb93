"""The tokens of words, spans and positions, against transformers' own words and offsets."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from probing.engine.models.asked_of_tokens import Asked
from probing.engine.models.span_tokens import MarkedRows
from probing.engine.models.tokenizing import tokenise
from probing.engine.models.tokens import Tokens
from probing.errors import ModelError
from tests.support.trained_tokenizers import HARD_TEXTS, TOKENIZERS, byte_level

BLANKS = ("▁", "Ġ")


@pytest.fixture(scope="module", params=list(TOKENIZERS))
def tokenizer(request: pytest.FixtureRequest) -> Any:
    return TOKENIZERS[request.param]()


def read(
    tokenizer: Any, texts: Sequence[str], spans: Sequence[Sequence[tuple[int, int]]],
    max_length: int | None = None,
) -> Tokens:  # fmt: skip
    """Each of `spans` of a text as a row of its own."""
    counts = np.array([len(each) for each in spans])
    flat = np.array([span for each in spans for span in each]).reshape(-1, 1, 2)
    return tokenise(
        tokenizer, texts, max_length, None, Asked(MarkedRows(np.arange(len(flat)), counts, flat))
    )


def ids_of(tokens: Tokens, row: int) -> list[int]:
    units = tokens.units
    assert units is not None
    text = int(np.repeat(np.arange(len(units.counts)), units.counts)[row])
    start = int(tokens.lengths[:text].sum())
    first, behind = units.ranges[row, 0].tolist()
    return [int(one) for one in tokens.ids[start + first : start + behind]]


def words(text: str) -> list[tuple[int, int]]:
    return [match.span() for match in re.finditer(r"\S+", text)]


def test_words_have_the_tokens_that_transformers_gives_them(tokenizer: Any) -> None:
    spans = [words(text) for text in HARD_TEXTS]
    tokens, row = read(tokenizer, HARD_TEXTS, spans), 0
    for text, own in zip(HARD_TEXTS, spans, strict=True):
        split = [text[start:end] for start, end in own]
        encoded = tokenizer(split, is_split_into_words=True)
        assert encoded["input_ids"] == tokenizer(text)["input_ids"]
        for at in range(len(own)):
            wanted = [
                one
                for one, word in zip(encoded["input_ids"], encoded.word_ids(), strict=True)
                if word == at
            ]
            while tokenizer.convert_ids_to_tokens(wanted[0]) in BLANKS:
                del wanted[0]  # it stands for the space before the word
            assert ids_of(tokens, row) == wanted, (text, split[at])
            row += 1
    assert not tokens.units.lost.any()  # type: ignore[union-attr]


def test_every_character_lies_among_the_tokens_of_its_span(tokenizer: Any) -> None:
    """Characters inside words too, as CJK words have no spaces around them."""
    texts = ["我喜欢吃苹果。", "日本語のテスト😀です", "e\u0301tude naïve", "עולםשלום"]
    spans = [[(at, at + 1) for at, one in enumerate(text) if not one.isspace()] for text in texts]
    tokens, row = read(tokenizer, texts, spans), 0
    units = tokens.units
    assert units is not None
    for text, own in zip(texts, spans, strict=True):
        encoded = tokenizer(text)
        for start, _ in own:
            wanted = encoded.char_to_token(start)
            if wanted is not None and token(tokenizer, encoded, wanted) in BLANKS:
                wanted += 1
            first, behind = units.ranges[row, 0].tolist()
            if wanted is None:
                assert units.lost[row]
            else:
                assert not units.lost[row]
                assert first <= wanted < behind
            row += 1


def token(tokenizer: Any, encoded: Any, at: int) -> str:
    return str(tokenizer.convert_ids_to_tokens(encoded["input_ids"][at]))


def test_a_position_is_the_last_token_that_begins_before_it(tokenizer: Any) -> None:
    text = "The naïve café 😀 end"
    ends = [len("The"), len("The naïve"), len("The naïve "), len("The naïve café 😀"), len(text)]
    tokens = read(tokenizer, [text], [[(end, end) for end in ends]])
    encoded = tokenizer(text, return_offsets_mapping=True, return_special_tokens_mask=True)
    kept = [
        (at, start, end)
        for at, ((start, end), special) in enumerate(
            zip(encoded["offset_mapping"], encoded["special_tokens_mask"], strict=True)
        )
        if not special and start < end
    ]
    for row, place in enumerate(ends):
        wanted = [at for at, start, _ in kept if start < place][-1]
        assert ids_of(tokens, row) == [encoded["input_ids"][wanted]]


def test_what_a_model_does_not_read_is_told_and_not_shifted() -> None:
    tokenizer = byte_level()
    text = "aa bb cc dd ee ff"
    whole = tokenizer(text)["input_ids"]
    tokens = read(tokenizer, [text, "aa"], [words(text), words("aa")], max_length=4)
    units, kept = tokens.units, tokenizer(text, truncation=True, max_length=4)["input_ids"]
    assert units is not None and kept == whole[:4]
    offsets = tokenizer(text, return_offsets_mapping=True)["offset_mapping"][:4]
    last, standing = offsets[-1][1], [at for at, (low, high) in enumerate(offsets) if low < high]
    for row, (start, end) in enumerate(words(text)):
        assert bool(units.cut[row]) == (end > last)
        assert bool(units.lost[row]) == (start >= last)
        if units.lost[row]:
            assert ids_of(tokens, row) == [whole[standing[-1]]]
    assert not units.cut[-1] and not units.lost[-1]


def test_a_span_without_a_token_is_lost_and_takes_the_token_before() -> None:
    tokenizer = TOKENIZERS["wordpiece"]()
    text = "The \u200b dog"  # which BERT's normaliser takes out
    tokens = read(tokenizer, [text, "\u200b"], [[(0, 3), (4, 5), (6, 9)], [(0, 1)]])
    units = tokens.units
    assert units is not None and units.lost.tolist() == [False, True, False, True]
    assert ids_of(tokens, 1) == ids_of(tokens, 0)[-1:]
    assert units.ranges[3, 0].tolist() == [0, 1]


def test_a_tokenizer_without_offsets_is_named() -> None:
    class Slow:
        is_fast, name_or_path = False, "slow-model"

    with pytest.raises(ModelError, match="need a fast tokenizer"):
        read(Slow(), ["a b"], [[(0, 1)]])
