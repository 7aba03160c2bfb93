"""The texts of a dataset as an intervention has the model read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from probing.datasets import TextDataset
from probing.engine.extraction import Extraction, continue_texts, extract
from probing.engine.extraction.sinks import Sink
from probing.engine.models import Asked, DistinctTexts, LMModel, Tokens
from probing.spec import PoolerSpec


@dataclass(frozen=True)
class ReadTexts:
    """The texts of `data`, which the model as it is continues by up to `generate` tokens.

    They are continued once: what is read under an edit is what the model says without it.
    """

    model: LMModel
    data: TextDataset
    generate: int = 0

    @cached_property
    def distinct(self) -> DistinctTexts:
        """The texts with what follows them, those that repeat once."""
        read = self.data.read
        rows = DistinctTexts(read.texts, None, read.chats, self.generate)
        return rows.continued(continue_texts(self.model, rows)) if self.generate else rows

    def extract(
        self, poolers: Sequence[PoolerSpec], *, spans: bool = True, sink: Sink | None = None
    ) -> Extraction:
        """What `poolers` read of them, of the marked parts unless `spans` says otherwise."""
        read = self.data.read
        return extract(
            self.model,
            read.texts,
            poolers,
            spans=read.spans if spans else None,
            chats=read.chats,
            generate=self.generate,
            continuations=self.distinct.continuations,
            sink=sink,
        )

    def tokens(self, rows: Sequence[int]) -> Tokens:
        """All tokens of the texts of some rows."""
        read, known = self.data.read, self.distinct.continuations
        behind = None if known is None else known.of(self.distinct.text_at[rows].tolist())
        chats = None if read.chats is None else read.chats.of(rows)
        asked = Asked(chats=chats, generate=self.generate, continuations=behind)
        return self.model.tokenise([read.texts[row] for row in rows], rows, asked)
