"""Turn texts into token ids, truncated to the model's length and padded on the right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import chain
from typing import Any

import numpy as np
import torch

from probing.engine.models.span_tokens import MarkedRows, Offsets, Units, units_of
from probing.errors import DatasetError, ModelError

_N_COMPARED = 24  # texts of a lot whose ids are compared with those of each text alone


@dataclass(frozen=True)
class Tokens:
    """Token ids of texts, laid end to end without padding.

    `ids` and `specials` are `[n_tokens]`, `specials` true for what the tokenizer added;
    `lengths` (in tokens) and `truncated` (which texts were cut) are `[n_texts]`. `units` are the
    rows that are parts of the texts; None where each text is a row.
    """

    ids: torch.Tensor
    specials: torch.Tensor
    lengths: torch.Tensor
    truncated: torch.Tensor
    units: Units | None = None

    def __len__(self) -> int:
        return len(self.lengths)

    @property
    def row_lengths(self) -> torch.Tensor:
        """The number of tokens of each row, `[n_rows]`: of its text, or of what it marks there."""
        if self.units is None:
            return self.lengths
        ranges = self.units.ranges
        found = torch.empty(len(ranges), dtype=self.lengths.dtype)
        found[self.units.rows] = (ranges[..., 1] - ranges[..., 0]).sum(1)
        return found

    @cached_property
    def _ends(self) -> torch.Tensor:
        return self.lengths.cumsum(0)

    @classmethod
    def joined(cls, parts: Sequence[Tokens]) -> Tokens:
        """Several lots of texts as one."""
        units = [part.units for part in parts if part.units is not None]
        return cls(
            torch.cat([part.ids for part in parts]),
            torch.cat([part.specials for part in parts]),
            torch.cat([part.lengths for part in parts]),
            torch.cat([part.truncated for part in parts]),
            Units.joined(units) if units else None,
        )

    def places(self, texts: Sequence[int], some: Sequence[int]) -> torch.Tensor:
        """Among the rows of `texts` those of `some` of them, which are numbered within `texts`."""
        units = None if self.units is None else self.units.of(texts)
        return torch.as_tensor(some) if units is None else units.places(some)

    def padded(self, rows: Sequence[int], pad_id: int) -> TokenBatch:
        """The given rows as one batch, padded on the right with `pad_id` behind a mask of zeros."""
        lengths, flat_ids, flat_specials = self._picked(rows)
        mask = torch.arange(int(lengths.max())) < lengths[:, None]
        ids, specials = torch.full(mask.shape, pad_id), torch.zeros_like(mask)
        ids[mask], specials[mask] = flat_ids, flat_specials
        units = None if self.units is None else self.units.of(rows)
        return TokenBatch(ids, mask.long(), specials.long(), lengths, units=units)

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
        units = None if self.units is None else self.units.of(rows)
        specials = specials.long()
        return TokenBatch(ids[None], mask[None], specials[None], lengths, positions[None], units)

    def beginnings(self, rows: Sequence[int], lengths: Sequence[int]) -> Tokens:
        """So many tokens of each of the given rows, as whole texts."""
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
    the CPU, as are the `units` of the texts.
    """

    ids: torch.Tensor
    mask: torch.Tensor
    specials: torch.Tensor
    lengths: torch.Tensor
    positions: torch.Tensor | None = None
    units: Units | None = None

    def to(self, device: torch.device) -> TokenBatch:
        """The batch on `device`, from pinned memory where that is a GPU."""

        def moved(part: torch.Tensor) -> torch.Tensor:
            pinned = part.pin_memory() if device.type == "cuda" else part
            return pinned.to(device, non_blocking=True)

        positions = None if self.positions is None else moved(self.positions)
        ids, mask, specials = (moved(part) for part in (self.ids, self.mask, self.specials))
        return TokenBatch(ids, mask, specials, self.lengths, positions, self.units)


def tokenise(
    tokenizer: Any,
    texts: Sequence[str],
    max_length: int | None,
    rows: Sequence[int] | None = None,
    marked: MarkedRows | None = None,
) -> Tokens:
    """Token ids of `texts`, at most `max_length` a text, special tokens of the tokenizer included.

    With `marked`, the tokens of the rows that stand in the texts are found. Raises `DatasetError`
    naming the text (by its number in `rows`, from 0) that has no tokens where the tokenizer has
    none that could stand for it, and `ModelError` where spans are marked, but the tokenizer does
    not tell the characters of its tokens.
    """
    if marked is not None and not tokenizer.is_fast:
        what = f"its tokenizer ({type(tokenizer).__name__}) does not tell where its tokens stand"
        hint = (
            "words and spans need a fast tokenizer: save its tokenizer.json, or name another "
            'model\'s with { model = "...", tokenizer = "..." }'
        )
        raise ModelError(what, where=str(tokenizer.name_or_path), hint=hint)
    read = _encode(tokenizer, list(texts), with_offsets=marked is not None)
    ids, specials, offsets = read.ids, read.specials, read.offsets
    truncated = [max_length is not None and len(row) > max_length for row in ids]
    long = [at for at, cut in enumerate(truncated) if cut]
    if long:
        kept = _encode(tokenizer, [texts[at] for at in long], max_length, marked is not None)
        for place, at in enumerate(long):
            ids[at], specials[at] = kept.ids[place], kept.specials[place]
            offsets[at : at + 1] = kept.offsets[place : place + 1]
    for at, row in enumerate(ids):
        if not row:
            ids[at], specials[at] = [_stand_in(tokenizer, rows[at] if rows else at)], [1]
            offsets[at : at + 1] = [[(0, 0)]] if offsets else []
    tokens = Tokens(
        torch.tensor(list(chain.from_iterable(ids)), dtype=torch.int32),
        torch.tensor(list(chain.from_iterable(specials)), dtype=torch.bool),
        torch.tensor([len(row) for row in ids], dtype=torch.int64),
        torch.tensor(truncated, dtype=torch.bool),
    )
    return tokens if marked is None else _with_units(tokenizer, tokens, offsets, marked)


def _with_units(
    tokenizer: Any, tokens: Tokens, offsets: list[list[tuple[int, int]]], marked: MarkedRows
) -> Tokens:
    characters = np.array(list(chain.from_iterable(offsets)), dtype=np.int64).reshape(-1, 2)
    parts = (tokens.ids, tokens.specials, tokens.lengths, tokens.truncated)
    ids, specials, lengths, truncated = (part.numpy() for part in parts)
    aside = specials | np.isin(ids, _blank_ids(tokenizer))
    found = Offsets(characters, aside, lengths, truncated)
    return replace(tokens, units=units_of(found, marked))


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
    tokenizer: Any, texts: list[str], max_length: int | None = None, with_offsets: bool = False
) -> _Encoded:
    """What the tokenizer makes of every text: what it makes of it alone.

    A tokenizer that gives a text other ids beside others is called for one text at a time.
    """
    both = _together(tokenizer, texts, max_length, with_offsets)
    ids = both.ids
    order = sorted(range(len(texts)), key=lambda at: len(ids[at]))
    step = max(1, len(order) // _N_COMPARED)
    for at in dict.fromkeys([*order[::step], *order[-1:], *range(min(2, len(texts)))]):
        if len(texts) > 1 and _together(tokenizer, [texts[at]], max_length).ids != [ids[at]]:
            singly = [_together(tokenizer, [text], max_length, with_offsets) for text in texts]
            return _Encoded(
                [one.ids[0] for one in singly],
                [one.specials[0] for one in singly],
                [one.offsets[0] for one in singly if with_offsets],
            )
    return both


def _together(
    tokenizer: Any, texts: list[str], max_length: int | None, with_offsets: bool = False
) -> _Encoded:
    encoded = tokenizer(
        texts,
        truncation=max_length is not None,
        max_length=max_length,
        padding=False,
        return_attention_mask=False,
        return_special_tokens_mask=True,
        return_offsets_mapping=with_offsets,
        verbose=False,
    )
    offsets = list(encoded["offset_mapping"]) if with_offsets else []
    return _Encoded(list(encoded["input_ids"]), list(encoded["special_tokens_mask"]), offsets)


def _stand_in(tokenizer: Any, row: int) -> int:
    for token in (tokenizer.bos_token_id, tokenizer.eos_token_id):
        if token is not None:
            return int(token)
    what = "the text has no tokens, and the tokenizer has no start or end token to replace it"
    raise DatasetError(what, where=f"text {row + 1}", hint="remove empty texts")
