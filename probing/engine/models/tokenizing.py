"""Turn texts into token ids, truncated to the model's length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from itertools import chain
from typing import Any

import numpy as np
import torch

from probing.engine.models.asked_of_tokens import NOTHING, Asked
from probing.engine.models.chat_templates import Rendered, check_chat_template, rendered
from probing.engine.models.chosen_tokens import chosen
from probing.engine.models.continued_texts import Continued
from probing.engine.models.span_tokens import MarkedRows, Offsets, units_of
from probing.engine.models.tokens import Tokens
from probing.errors import DatasetError, ModelError

_N_COMPARED = 24  # texts of a lot whose ids are compared with those of each text alone


def tokenise(
    tokenizer: Any,
    texts: Sequence[str],
    max_length: int | None,
    rows: Sequence[int] | None = None,
    asked: Asked = NOTHING,
) -> Tokens:
    """Token ids of `texts`, at most `max_length` a text, special tokens of the tokenizer included.

    `asked` says which parts and tokens of the texts are looked for, and which of them are
    conversations. Raises `DatasetError` naming the text (by its number in `rows`, from 0) that has
    no tokens where the tokenizer has none that could stand for it, and `ModelError` where the
    tokenizer does not tell the characters of its tokens, or has no chat template, but must.
    """
    if asked.needs_offsets:
        _check_offsets(tokenizer)
    numbers = rows if rows is not None else range(len(texts))
    chats = _conversations(tokenizer, texts, numbers, asked)
    read = [one.text for one in chats] if chats is not None else list(texts)
    encoded = _cut(tokenizer, read, max_length, numbers, asked)
    tokens = encoded.tokens
    if chats is not None:  # its special tokens stand in the text by its template
        among = torch.isin(tokens.ids, torch.tensor(tokenizer.all_special_ids, dtype=torch.int32))
        tokens = replace(tokens, specials=tokens.specials | among)
    if not asked.needs_offsets and not asked.choices and asked.continuations is None:
        return tokens
    added, lengths = encoded.tokens.specials.numpy(), tokens.lengths.numpy()
    offsets = Offsets(encoded.characters, added, lengths, tokens.truncated.numpy())
    plain = Continued(tokens, read, chats, offsets, np.zeros_like(added))
    whole = plain if asked.continuations is None else plain.by(tokenizer, asked)
    tokens = whole.tokens
    found = {terms: torch.from_numpy(chosen(terms, whole)) for terms in asked.choices}
    tokens = replace(tokens, chosen=found)
    if asked.marked is None:
        return tokens
    blank = np.isin(tokens.ids.numpy(), _blank_ids(tokenizer))
    offsets = replace(offsets, specials=added | blank)
    return replace(tokens, units=units_of(offsets, _moved(asked.marked, chats)))


def _check_offsets(tokenizer: Any) -> None:
    if getattr(tokenizer, "is_fast", False):
        return
    what = f"its tokenizer ({type(tokenizer).__name__}) does not tell where its tokens stand"
    hint = (
        "words, spans and tokens need a fast tokenizer: save its tokenizer.json, or name another "
        'model\'s with { model = "...", tokenizer = "..." }'
    )
    raise ModelError(what, where=str(getattr(tokenizer, "name_or_path", "")), hint=hint)


def _conversations(
    tokenizer: Any, texts: Sequence[str], rows: Sequence[int], asked: Asked
) -> list[Rendered] | None:
    if asked.chats is None:
        return None
    check_chat_template(tokenizer)
    prompt, turns = asked.chats.generation_prompt, asked.chats.turns
    return [
        rendered(tokenizer, text, own, prompt, row)
        for text, own, row in zip(texts, turns, rows, strict=True)
    ]


def _moved(marked: MarkedRows, chats: Sequence[Rendered] | None) -> MarkedRows:
    """Spans where they stand in the conversations that their texts have become."""
    if chats is None:
        return marked
    owners = np.repeat(np.arange(len(chats)), marked.counts)
    spans = np.empty_like(marked.spans)
    for row, (owner, own) in enumerate(zip(owners.tolist(), marked.spans.tolist(), strict=True)):
        for at, (start, end) in enumerate(own):
            last = chats[owner].moved(end, is_end=True)
            first = last if start == end else chats[owner].moved(start, is_end=False)
            spans[row, at] = (first, last) if 0 <= first <= last else (0, 0)
    return replace(marked, spans=spans)


@dataclass(frozen=True)
class _Cut:
    """Tokens, with the characters of each, `[n_tokens, 2]`, where they are asked for."""

    tokens: Tokens
    characters: Any


def _cut(
    tokenizer: Any,
    texts: list[str],
    max_length: int | None,
    rows: Sequence[int],
    asked: Asked,
) -> _Cut:
    """The tokens of texts, at most so many a text."""
    encode = partial(_encode, tokenizer, asked=asked)
    read = encode(texts)
    ids, specials, offsets = read.ids, read.specials, read.offsets
    truncated = [max_length is not None and len(row) > max_length for row in ids]
    long = [at for at, cut in enumerate(truncated) if cut]
    if long:
        kept = encode([texts[at] for at in long], max_length)
        for place, at in enumerate(long):
            ids[at], specials[at] = kept.ids[place], kept.specials[place]
            offsets[at : at + 1] = kept.offsets[place : place + 1]
    for at, row in enumerate(ids):
        if not row:
            ids[at], specials[at] = [_stand_in(tokenizer, rows[at])], [1]
            offsets[at : at + 1] = [[(0, 0)]] if offsets else []
    tokens = Tokens(
        torch.tensor(list(chain.from_iterable(ids)), dtype=torch.int32),
        torch.tensor(list(chain.from_iterable(specials)), dtype=torch.bool),
        torch.tensor([len(row) for row in ids], dtype=torch.int64),
        torch.tensor(truncated, dtype=torch.bool),
    )
    flat = chain.from_iterable(chain.from_iterable(offsets))
    return _Cut(tokens, np.fromiter(flat, np.int64).reshape(-1, 2))


@lru_cache(maxsize=1)
def _blank_ids(tokenizer: Any) -> tuple[int, ...]:
    """The tokens that stand for spaces alone, one before the first word among them.

    That one is given the first character of the text, though it is no part of it.
    """
    return tuple(at for token, at in tokenizer.get_vocab().items() if not token.strip("▁Ġ"))


@dataclass(frozen=True)
class _Encoded:
    """Of every text its ids, its special marks and, where they are asked for, its offsets."""

    ids: list[list[int]]
    specials: list[list[int]]
    offsets: list[list[tuple[int, int]]]


def _encode(
    tokenizer: Any, texts: list[str], max_length: int | None = None, asked: Asked = NOTHING
) -> _Encoded:
    """What the tokenizer makes of every text: what it makes of it alone.

    A tokenizer that gives a text other ids beside others is called for one text at a time.
    """
    both = _together(tokenizer, texts, max_length, asked)
    ids = both.ids
    order = sorted(range(len(texts)), key=lambda at: len(ids[at]))
    step = max(1, len(order) // _N_COMPARED)
    for at in dict.fromkeys([*order[::step], *order[-1:], *range(min(2, len(texts)))]):
        if len(texts) > 1 and _together(tokenizer, [texts[at]], max_length, asked).ids != [ids[at]]:
            singly = [_together(tokenizer, [text], max_length, asked) for text in texts]
            return _Encoded(
                [one.ids[0] for one in singly],
                [one.specials[0] for one in singly],
                [one.offsets[0] for one in singly if asked.needs_offsets],
            )
    return both


def _together(tokenizer: Any, texts: list[str], max_length: int | None, asked: Asked) -> _Encoded:
    # a chat template writes the start token itself
    options = {} if asked.chats is None else {"add_special_tokens": False}
    encoded = tokenizer(
        texts,
        truncation=max_length is not None,
        max_length=max_length,
        padding=False,
        return_attention_mask=False,
        return_special_tokens_mask=True,
        return_offsets_mapping=asked.needs_offsets,
        verbose=False,
        **options,
    )
    offsets = list(encoded["offset_mapping"]) if asked.needs_offsets else []
    return _Encoded(list(encoded["input_ids"]), list(encoded["special_tokens_mask"]), offsets)


def _stand_in(tokenizer: Any, row: int) -> int:
    for token in (tokenizer.bos_token_id, tokenizer.eos_token_id):
        if token is not None:
            return int(token)
    what = "the text has no tokens, and the tokenizer has no start or end token to replace it"
    raise DatasetError(what, where=f"text {row + 1}", hint="remove empty texts")
