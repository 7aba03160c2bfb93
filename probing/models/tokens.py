"""Texts as token ids, cut to the model's length, and padded on the right whatever the tokenizer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from probing.errors import DatasetError


@dataclass(frozen=True)
class Tokens:
    """Token ids of texts, one row each, without padding.

    `specials` marks with 1 what the tokenizer added; `truncated` tells which texts were cut.
    """

    ids: list[list[int]]
    specials: list[list[int]]
    truncated: list[bool]


@dataclass(frozen=True)
class TokenBatch:
    """Padded token ids, the mask of real tokens and that of special ones, each `[batch, seq]`."""

    ids: torch.Tensor
    mask: torch.Tensor
    specials: torch.Tensor

    def to(self, device: torch.device) -> TokenBatch:
        """The batch on `device`, from pinned memory where that is a GPU."""
        parts = (self.ids, self.mask, self.specials)
        if device.type == "cuda":
            parts = tuple(part.pin_memory() for part in parts)  # type: ignore[assignment]
        return TokenBatch(*(part.to(device, non_blocking=True) for part in parts))


def tokenise(
    tokenizer: Any, texts: Sequence[str], max_length: int | None, first_row: int = 0
) -> Tokens:
    """Token ids of `texts`, at most `max_length` a text, special tokens of the tokenizer included.

    Raises `DatasetError` naming the row (counted from `first_row`) of a text without tokens
    where the tokenizer has no token that could stand for it.
    """
    encoded = _encode(tokenizer, list(texts))
    long = [] if max_length is None else [
        at for at, ids in enumerate(encoded.ids) if len(ids) > max_length
    ]
    if long:
        cut = _encode(tokenizer, [texts[at] for at in long], max_length)
        for at, ids, specials in zip(long, cut.ids, cut.specials, strict=True):
            encoded.ids[at], encoded.specials[at] = ids, specials
            encoded.truncated[at] = True
    for at, ids in enumerate(encoded.ids):
        if not ids:
            ids.append(_stand_in(tokenizer, first_row + at))
            encoded.specials[at].append(1)
    return encoded


def _encode(tokenizer: Any, texts: list[str], max_length: int | None = None) -> Tokens:
    encoded = tokenizer(
        texts,
        truncation=max_length is not None,
        max_length=max_length,
        padding=False,
        return_attention_mask=False,
        return_special_tokens_mask=True,
        verbose=False,
    )
    return Tokens(
        list(encoded["input_ids"]), list(encoded["special_tokens_mask"]), [False] * len(texts)
    )


def _stand_in(tokenizer: Any, row: int) -> int:
    for token in (tokenizer.bos_token_id, tokenizer.eos_token_id):
        if token is not None:
            return int(token)
    what = "the text has no tokens, and the tokenizer no start or end token to stand for it"
    raise DatasetError(what, where=f"row {row}", hint="leave out empty texts")


def pad(tokens: Tokens, rows: Sequence[int], pad_id: int) -> TokenBatch:
    """The given rows as one batch, padded on the right with `pad_id` behind a mask of zeros."""
    width = max(len(tokens.ids[row]) for row in rows)
    ids = torch.full((len(rows), width), pad_id)
    mask, specials = torch.zeros_like(ids), torch.zeros_like(ids)
    for at, row in enumerate(rows):
        length = len(tokens.ids[row])
        ids[at, :length] = torch.tensor(tokens.ids[row])
        specials[at, :length] = torch.tensor(tokens.specials[row])
        mask[at, :length] = 1
    return TokenBatch(ids, mask, specials)
