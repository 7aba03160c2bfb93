"""Forward passes over batches of texts, packed without padding where that changes nothing."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from probing.engine.extraction.out_of_memory import is_out_of_memory
from probing.engine.extraction.pool_on_device import Pooled, PooledReads
from probing.engine.extraction.text_layout import Layout, difference, telling
from probing.engine.models import BlockReader, LMModel, TokenBatch, Tokens, packed_attention
from probing.errors import ProbingError


class Forward:
    """One batch after another through `model`, pooled by `reads`, within the context of `reader`.

    `layout` is how texts are laid out; found by `choose`.
    """

    def __init__(self, model: LMModel, reader: BlockReader, reads: PooledReads) -> None:
        self.model, self.reader, self.reads = model, reader, reads
        self.layout = Layout("padded", "no memory to try it")

    @torch.inference_mode()
    def choose(self, tokens: Tokens) -> None:
        """Take the fastest layout in which a few texts have the features of each text alone.

        A model is checked once for the places that it is read at.
        """
        known, places = self.model.layouts, self.reads.places
        if places not in known:
            try:
                with self.reader:
                    known[places] = self._checked(tokens)
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
                self.reads.clear()
        self.layout = known.get(places, self.layout)

    @torch.inference_mode()
    def __call__(self, tokens: Tokens, rows: Sequence[int]) -> Pooled:
        """The pooled vectors of the texts `rows` of `tokens`."""
        if self.layout.kind == "packed":
            try:
                return self._packed(tokens, rows)
            except Exception as error:  # what a few texts did not show
                if isinstance(error, ProbingError) or is_out_of_memory(error):
                    raise
                self.layout = Layout("padded", _reason(error))
                self.model.layouts[self.reads.places] = self.layout
        return self._padded(tokens, rows)

    def _packed(self, tokens: Tokens, rows: Sequence[int]) -> Pooled:
        batch = self.model.pack(tokens, rows)
        with packed_attention(self.model.body, batch.lengths.tolist()):
            return self._run(batch)

    def _padded(self, tokens: Tokens, rows: Sequence[int]) -> Pooled:
        return self._run(self.model.pad(tokens, rows))

    def _run(self, batch: TokenBatch) -> Pooled:
        self.reads.begin(batch)
        there = batch.to(self.model.device)
        options = {} if there.positions is None else {"position_ids": there.positions}
        self.reader.run(there.ids, there.mask, **options)
        return self.reads.finish()

    def _checked(self, tokens: Tokens) -> Layout:
        rows = telling(tokens)
        singly = [self._padded(tokens, [row]) for row in rows]
        alone = {spec: torch.cat([one[spec] for one in singly], 1) for spec in singly[0]}
        try:
            found = difference(self._packed(tokens, rows), alone, self.model.dtype)
        except Exception as error:  # whatever a model's code raises on what it did not expect
            found = _reason(error)
        if not found:
            return Layout("packed")
        padding = difference(self._padded(tokens, rows), alone, self.model.dtype)
        if not padding:
            return Layout("padded", found)
        return Layout("even", f"packed: {found}; padded: {padding}")


def _reason(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
