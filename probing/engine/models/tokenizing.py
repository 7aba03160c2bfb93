"""Turn texts into token ids, truncated to the model's length and padded on the right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any

import torch

from probing.errors import DatasetError

_N_COMPARED = 24  # texts of a lot whose ids are compared with those of each text alone


@dataclass(frozen=True)
class Tokens:
    """Token ids of texts, laid end to end without padding.

    `ids` and `specials` are `[n_tokens]`, `specials` true for what the tokenizer added;
    `lengths` (in tokens) and `truncated` (which texts were cut) are `[n_texts]`.
    """

    ids: torch.Tensor
    specials: torch.Tensor
    lengths: torch.Tensor
    truncated: torch.Tensor

    def __len__(self) -> int:
        return len(self.lengths)

    @cached_property
    def _ends(self) -> torch.Tensor:
        return self.lengths.cumsum(0)

    @classmethod
    def joined(cls, parts: Sequence[Tokens]) -> Tokens:
        """Several lots of texts as one."""
        return cls(
            torch.cat([part.ids for part in parts]),
            torch.cat([part.specials for part in parts]),
            torch.cat([part.lengths for part in parts]),
            torch.cat([part.truncated for part in parts]),
        )

    def padded(self, rows: Sequence[int], pad_id: int) -> TokenBatch:
        """The given rows as one batch, padded on the right with `pad_id` behind a mask of zeros."""
        lengths, flat_ids, flat_specials = self._picked(rows)
        mask = torch.arange(int(lengths.max())) < lengths[:, None]
        ids, specials = torch.full(mask.shape, pad_id), torch.zeros_like(mask)
        ids[mask], specials[mask] = flat_ids, flat_specials
        return TokenBatch(ids, mask.long(), specials.long(), lengths)

    def packed(self, rows: Sequence[int], first_position: int) -> TokenBatch:
        """The given rows end to end; the position ids of each count from `first_position`.

        Where that is not 0 the id before it is that of padding, as in RoBERTa: a token of the
        text that is the padding token has that position, and is not counted.
        """
        lengths, ids, specials = self._picked(rows)
        padding = first_position - 1
        is_counted = (ids != padding).long()
        before = is_counted.cumsum(0) - is_counted
        starts = before[lengths.cumsum(0) - lengths].repeat_interleave(lengths)
        counted = before - starts + first_position
        positions = torch.where(is_counted.bool(), counted, padding)
        mask = torch.ones_like(ids)
        return TokenBatch(ids[None], mask[None], specials.long()[None], lengths, positions[None])

    def beginnings(self, rows: Sequence[int], lengths: Sequence[int]) -> Tokens:
        """So many tokens of each of the given rows."""
        picked = torch.as_tensor(rows)
        starts = (self._ends - self.lengths)[picked].tolist()
        spans = [slice(start, start + n) for start, n in zip(starts, lengths, strict=True)]
        return Tokens(
            torch.cat([self.ids[span] for span in spans]),
            torch.cat([self.specials[span] for span in spans]),
            torch.as_tensor(lengths, dtype=self.lengths.dtype),
            self.truncated[picked],
        )

    def _picked(self, rows: Sequence[int]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Lengths `[n_texts]`, token ids and special marks `[n_tokens]` of the given rows."""
        picked = torch.as_tensor(rows)
        lengths, ends = self.lengths[picked], self._ends[picked]
        spans = [slice(int(end - n), int(end)) for end, n in zip(ends, lengths, strict=True)]
        ids = torch.cat([self.ids[span] for span in spans]).long()
        return lengths, ids, torch.cat([self.specials[span] for span in spans])


@dataclass(frozen=True)
class TokenBatch:
    """The token ids of texts, the mask of real tokens and that of special ones.

    Each `[batch, seq]`: a text a row with padding on the right, or, with `positions` (the ids of
    each token's place in its text), all texts end to end in one row. `lengths` is `[n_texts]`, on
    the CPU.
    """

    ids: torch.Tensor
    mask: torch.Tensor
    specials: torch.Tensor
    lengths: torch.Tensor
    positions: torch.Tensor | None = None

    def to(self, device: torch.device) -> TokenBatch:
        """The batch on `device`, from pinned memory where that is a GPU."""

        def moved(part: torch.Tensor) -> torch.Tensor:
            pinned = part.pin_memory() if device.type == "cuda" else part
            return pinned.to(device, non_blocking=True)

        positions = None if self.positions is None else moved(self.positions)
        ids, mask, specials = (moved(part) for part in (self.ids, self.mask, self.specials))
        return TokenBatch(ids, mask, specials, self.lengths, positions)


def tokenise(
    tokenizer: Any, texts: Sequence[str], max_length: int | None, rows: Sequence[int] | None = None
) -> Tokens:
    """Token ids of `texts`, at most `max_length` a text, special tokens of the tokenizer included.

    Raises `DatasetError` naming the text (by its number in `rows`, from 0) that has no tokens
    where the tokenizer has none that could stand for it.
    """
    ids, specials = _encode(tokenizer, list(texts))
    truncated = [max_length is not None and len(row) > max_length for row in ids]
    long = [at for at, cut in enumerate(truncated) if cut]
    if long:
        cut_ids, cut_specials = _encode(tokenizer, [texts[at] for at in long], max_length)
        for at, kept, marks in zip(long, cut_ids, cut_specials, strict=True):
            ids[at], specials[at] = kept, marks
    for at, row in enumerate(ids):
        if not row:
            ids[at], specials[at] = [_stand_in(tokenizer, rows[at] if rows else at)], [1]
    return Tokens(
        torch.tensor(list(chain.from_iterable(ids)), dtype=torch.int32),
        torch.tensor(list(chain.from_iterable(specials)), dtype=torch.bool),
        torch.tensor([len(row) for row in ids], dtype=torch.int64),
        torch.tensor(truncated, dtype=torch.bool),
    )


def _encode(
    tokenizer: Any, texts: list[str], max_length: int | None = None
) -> tuple[list[list[int]], list[list[int]]]:
    """Ids and special marks of every text: those that it has alone.

    A tokenizer that gives a text other ids beside others is called for one text at a time.
    """
    ids, specials = _together(tokenizer, texts, max_length)
    order = sorted(range(len(texts)), key=lambda at: len(ids[at]))
    step = max(1, len(order) // _N_COMPARED)
    for at in dict.fromkeys([*order[::step], *order[-1:], *range(min(2, len(texts)))]):
        if len(texts) > 1 and _together(tokenizer, [texts[at]], max_length)[0] != [ids[at]]:
            singly = [_together(tokenizer, [text], max_length) for text in texts]
            return [one[0][0] for one in singly], [one[1][0] for one in singly]
    return ids, specials


def _together(
    tokenizer: Any, texts: list[str], max_length: int | None
) -> tuple[list[list[int]], list[list[int]]]:
    encoded = tokenizer(
        texts,
        truncation=max_length is not None,
        max_length=max_length,
        padding=False,
        return_attention_mask=False,
        return_special_tokens_mask=True,
        verbose=False,
    )
    return list(encoded["input_ids"]), list(encoded["special_tokens_mask"])


def _stand_in(tokenizer: Any, row: int) -> int:
    for token in (tokenizer.bos_token_id, tokenizer.eos_token_id):
        if token is not None:
            return int(token)
    what = "the text has no tokens, and the tokenizer has no start or end token to replace it"
    raise DatasetError(what, where=f"text {row + 1}", hint="remove empty texts")
