"""The tokens of a dataset as a model reads them, for controls that need no weights."""

from __future__ import annotations

from pathlib import Path

from probing.datasets import TextDataset
from probing.engine.models import DistinctTexts, Tokens, tokens_of
from probing.plan.types import NamedDataset, NamedModel


class DatasetTokens:
    """Tokenises a dataset for a model; keeps what was asked for last.

    `choices` are the terms by which poolers choose tokens.
    """

    def __init__(self, base: Path, choices: tuple[tuple[str, ...], ...] = ()) -> None:
        self.base, self.choices = base, choices
        self._last: tuple[tuple[str, str], Tokens] | None = None

    def of(self, model: NamedModel, dataset: NamedDataset, data: TextDataset) -> Tokens:
        """The tokens of all texts, those of equal ones once where rows are parts of texts.

        Raises `ModelError` for a tokenizer that cannot be had.
        """
        key = model.name, dataset.name
        if self._last is None or self._last[0] != key:
            self._last = None
            rows = DistinctTexts(data.texts, data.spans, data.chats)
            self._last = key, tokens_of(rows, model.spec, self.base, self.choices)
        return self._last[1]
