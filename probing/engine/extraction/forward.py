"""Run batches of texts through a model, packed without padding where that changes nothing."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch

from probing.engine.extraction.batches import grouped
from probing.engine.extraction.out_of_memory import is_out_of_memory
from probing.engine.extraction.pool_on_device import Pooled, PooledReads
from probing.engine.extraction.telling_texts import longest_that_tells, reach_of, telling
from probing.engine.extraction.text_layout import KINDS, Kind, Layout, difference
from probing.engine.models import BlockReader, LMModel, TokenBatch, Tokens, packed_attention
from probing.errors import ProbingError


@dataclass
class _Finding:
    """What is known of texts up to some length: the layout, why it is none of the faster ones,
    and whether it held for a whole batch."""

    layout: Layout = field(default_factory=lambda: Layout("packed"))
    against: dict[Kind, str] = field(default_factory=dict)
    is_confirmed: bool = False


class Forward:
    """One batch after another through `model`, pooled by `reads`, within the context of `reader`.

    How texts are laid out is found by `choose`, and again where a batch shows that it does not
    hold.
    """

    def __init__(self, model: LMModel, reader: BlockReader, reads: PooledReads) -> None:
        self.model, self.reader, self.reads = model, reader, reads
        self._found = _Finding()

    @property
    def layout(self) -> Layout:
        """How the texts of the window under way are laid out."""
        return self._found.layout

    @torch.inference_mode()
    def choose(self, tokens: Tokens) -> None:
        """Take the fastest layout in which a few texts have the features of each text alone.

        A model is checked once for the places that it is read at and for texts of such length.
        """
        known = self.model.layouts
        key = self.reads.places, reach_of(longest_that_tells(tokens))
        if key not in known:
            self._found = _Finding()
            with self.reader:
                self._find(tokens)
            known[key] = self._found
        self._found = known[key]

    @torch.inference_mode()
    def __call__(self, tokens: Tokens, rows: Sequence[int]) -> Pooled | None:
        """The pooled vectors of the texts `rows` of `tokens`; None where the layout has changed.

        Two texts of the first batch are compared with what they are alone.
        """
        kind, ends = self.layout.kind, [0, len(rows) - 1]
        try:
            if self._found.is_confirmed or kind == "single":
                return self._run(kind, tokens, rows)
            alone = self._alone(tokens, [rows[at] for at in ends])
            pooled = self._run(kind, tokens, rows)
            places = tokens.places(rows, ends)
            by_text = self.reads.by_text(pooled)
            reason = self._off({spec: part[:, places] for spec, part in by_text.items()}, alone)
        except Exception as error:  # what a few texts did not show
            if kind == "single" or isinstance(error, ProbingError) or is_out_of_memory(error):
                raise
            reason = _reason(error)
        if not reason:
            self._found.is_confirmed = True
            return pooled
        self._found.against[kind], self._found.is_confirmed = reason, False
        self._find(tokens)
        return None

    def _find(self, tokens: Tokens) -> None:
        """Choose by texts of `tokens`, short ones where memory is short."""
        limit = longest_that_tells(tokens)
        while limit:
            try:
                return self._take(telling(tokens, self.model.special_ids, limit))
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
            self.reads.clear()
            limit //= 4
        self._found.layout = Layout("single", "no memory to try another")

    def _take(self, texts: Tokens) -> None:
        """The first layout that nothing speaks against, by what it makes of `texts`."""
        alone = self._alone(texts, range(len(texts)))
        again = self._off(self._alone(texts, [0]), {spec: alone[spec][:, :1] for spec in alone})
        if again:
            self._found.layout = Layout("single", f"the same text twice: {again}")
            return
        against = self._found.against
        for kind in KINDS:
            if found := against.get(kind) or self._tried(kind, texts, alone):
                against[kind] = found
                continue
            self._found.layout = Layout(kind, _joined(against))
            return

    def _tried(self, kind: Kind, texts: Tokens, alone: Pooled) -> str:
        """Why features of `texts` laid out so are not those `alone`; empty where they are."""
        if kind == "single":
            return ""
        for batch in grouped(range(len(texts)), texts.lengths.tolist(), sys.maxsize, kind):
            try:
                pooled = self.reads.by_text(self._run(kind, texts, batch))
            except Exception as error:  # whatever a model's code raises on what it did not expect
                if is_out_of_memory(error):
                    raise
                return _reason(error)
            if found := self._off(pooled, {spec: alone[spec][:, batch] for spec in alone}):
                return found
        return ""

    def _alone(self, tokens: Tokens, rows: Sequence[int]) -> Pooled:
        singly = [self.reads.by_text(self._run("single", tokens, [row])) for row in rows]
        return {spec: torch.cat([one[spec] for one in singly], 1) for spec in self.reads.cells}

    def _off(self, found: Pooled, alone: Pooled) -> str:
        return difference(found, alone, self.model.dtype)

    def _run(self, kind: Kind, tokens: Tokens, rows: Sequence[int]) -> Pooled:
        if kind != "packed":
            return self._read(self.model.pad(tokens, rows))
        batch = self.model.pack(tokens, rows)
        with packed_attention(self.model.body, batch.lengths.tolist()):
            return self._read(batch)

    def _read(self, batch: TokenBatch) -> Pooled:
        self.reads.begin(batch)
        there = batch.to(self.model.device)
        options = {} if there.positions is None else {"position_ids": there.positions}
        self.reader.run(there.ids, there.mask, **options)
        return self.reads.finish()


def _joined(against: Mapping[Kind, str]) -> str:
    if list(against) == ["packed"]:
        return against["packed"]
    return "; ".join(f"{kind}: {reason}" for kind, reason in against.items())


def _reason(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
