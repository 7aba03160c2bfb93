"""Token ids of texts: laid end to end, and as the batches that a model reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import torch

from probing.engine.models.span_tokens import Units

Terms = tuple[str, ...]


@dataclass(frozen=True)
class Tokens:
    """Token ids of texts, laid end to end without padding.

    `ids` and `specials` are `[n_tokens]`, `specials` true for what the tokenizer added;
    `lengths` (in tokens) and `truncated` (which texts were cut) are `[n_texts]`. `units` are the
    rows that are parts of the texts; None where each text is a row. `chosen` `[n_tokens]` tells by
    the terms of a pooler which tokens fulfil them.
    """

    ids: torch.Tensor
    specials: torch.Tensor
    lengths: torch.Tensor
    truncated: torch.Tensor
    units: Units | None = None
    chosen: Mapping[Terms, torch.Tensor] = field(default_factory=dict)

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
            {key: torch.cat([part.chosen[key] for part in parts]) for key in parts[0].chosen},
        )

    def places(self, texts: Sequence[int], some: Sequence[int]) -> torch.Tensor:
        """Among the rows of `texts` those of `some` of them, which are numbered within `texts`."""
        units = None if self.units is None else self.units.of(texts)
        return torch.as_tensor(some) if units is None else units.places(some)

    def padded(self, rows: Sequence[int], pad_id: int) -> TokenBatch:
        """The given rows as one batch, padded on the right with `pad_id` behind a mask of zeros."""
        lengths, flat_ids, flat_specials, chosen = self._picked(rows)
        mask = torch.arange(int(lengths.max())) < lengths[:, None]
        ids, specials = torch.full(mask.shape, pad_id), torch.zeros_like(mask)
        ids[mask], specials[mask] = flat_ids, flat_specials
        units = None if self.units is None else self.units.of(rows)
        parts = ids, mask.long(), specials.long(), lengths
        return TokenBatch(*parts, units=units, chosen=chosen)

    def packed(self, rows: Sequence[int], first_position: int) -> TokenBatch:
        """The given rows end to end; the position ids of each count from `first_position`.

        Where that is not 0 the id before it is that of padding, as in RoBERTa: a token of the
        text that is the padding token has that position, and is not counted.
        """
        lengths, ids, specials, chosen = self._picked(rows)
        padding = first_position - 1
        is_counted = (ids != padding).long()
        before = is_counted.cumsum(0) - is_counted
        starts = before[lengths.cumsum(0) - lengths].repeat_interleave(lengths)
        counted = before - starts + first_position
        positions = torch.where(is_counted.bool(), counted, padding)
        mask = torch.ones_like(ids)
        units = None if self.units is None else self.units.of(rows)
        parts = ids[None], mask[None], specials.long()[None], lengths, positions[None]
        return TokenBatch(*parts, units, chosen)

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
            chosen={
                key: torch.cat([marks[span] for span in spans])
                for key, marks in self.chosen.items()
            },
        )

    def split(self, rows: Sequence[int]) -> tuple[torch.Tensor, ...]:
        """The token ids of each of the given texts."""
        lengths, ids, _, _ = self._picked(rows)
        return torch.split(ids, lengths.tolist())

    def repeated(self, rows: Sequence[int]) -> Tokens:
        """The given texts, some of them perhaps more than once."""
        return self.beginnings(rows, self.lengths[torch.as_tensor(rows)].tolist())

    def _picked(
        self, rows: Sequence[int]
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, dict[Terms, torch.Tensor]]:
        """Of the given rows lengths `[n_texts]`, ids, special and other marks `[n_tokens]`."""
        picked = torch.as_tensor(rows)
        lengths, ends = self.lengths[picked], self._ends[picked]
        spans = [slice(int(end - n), int(end)) for end, n in zip(ends, lengths, strict=True)]
        ids = torch.cat([self.ids[span] for span in spans]).long()
        marks = {key: torch.cat([one[span] for span in spans]) for key, one in self.chosen.items()}
        return lengths, ids, torch.cat([self.specials[span] for span in spans]), marks


@dataclass(frozen=True)
class TokenBatch:
    """The token ids of texts, the mask of real tokens and that of special ones.

    Each `[batch, seq]`: a text a row with padding on the right, or, with `positions` (the ids of
    each token's place in its text), all texts end to end in one row. `lengths` is `[n_texts]`, on
    the CPU, as are the `units` of the texts and what is `chosen` of their tokens, text by text.
    """

    ids: torch.Tensor
    mask: torch.Tensor
    specials: torch.Tensor
    lengths: torch.Tensor
    positions: torch.Tensor | None = None
    units: Units | None = None
    chosen: Mapping[Terms, torch.Tensor] = field(default_factory=dict)

    def to(self, device: torch.device) -> TokenBatch:
        """The batch on `device`, from pinned memory where that is a GPU."""

        def moved(part: torch.Tensor) -> torch.Tensor:
            pinned = part.pin_memory() if device.type == "cuda" else part
            return pinned.to(device, non_blocking=True)

        positions = None if self.positions is None else moved(self.positions)
        ids, mask, specials = (moved(part) for part in (self.ids, self.mask, self.specials))
        return TokenBatch(ids, mask, specials, self.lengths, positions, self.units, self.chosen)
