"""The tokens of a dataset as a model reads them, for controls that need no weights."""

from __future__ import annotations

from pathlib import Path

from probing.datasets import TextDataset
from probing.engine.models import DistinctTexts, Tokens, tokens_of
from probing.plan.types import NamedModel


class DatasetTokens:
    """Tokenises a dataset for a model; keeps what was asked for last.

    `choices` are the terms by which poolers choose tokens.
    """

    def __init__(self, base: Path, choices: tuple[tuple[str, ...], ...] = ()) -> None:
        self.base, self.choices = base, choices
        self._last: tuple[str, TextDataset, Tokens] | None = None

    def of(self, model: NamedModel, data: TextDataset) -> Tokens:
        """The tokens of all texts, those of equal ones once where rows are parts of texts.

        Raises `ModelError` for a tokenizer that cannot be had.
        """
        if self._last is None or self._last[0] != model.name or self._last[1] is not data:
            self._last = None
            rows = DistinctTexts(data.texts, data.spans, data.chats)
            read = tokens_of(rows, model.spec, self.base, self.choices)
            self._last = model.name, data, read
        return self._last[2]
