"""What a model reads of a dataset."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from probing.datasets.marks.chats import Chats


@dataclass(frozen=True, eq=False)
class Reading:
    """Texts, the spans that rows mark in them (`[n_texts, n_spans, 2]`), and whose turn is where.

    None where rows are whole texts, and where texts are plain. A model continues each text by up
    to `generate` tokens of its own.
    """

    texts: Sequence[str]
    spans: NDArray[np.int64] | None
    chats: Chats | None
    generate: int = 0

    @cached_property
    def sha256(self) -> str:
        """A digest of all that a model reads, and of where each text ends."""
        digest = hashlib.sha256()
        for text in self.texts:
            data = text.encode("utf-8", "surrogatepass")
            digest.update(len(data).to_bytes(8, "little") + data)
        if self.spans is not None:
            digest.update(b"spans" + self.spans.shape[1].to_bytes(8, "little"))
            digest.update(self.spans.astype("<i8").tobytes())
        if self.chats is not None:
            digest.update(b"chats" + self.chats.encoded())
        if self.generate:
            digest.update(b"generate" + self.generate.to_bytes(8, "little"))
        return digest.hexdigest()
