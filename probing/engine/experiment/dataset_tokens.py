"""The tokens of a dataset as a model reads them, for controls that need no weights."""

from __future__ import annotations

from pathlib import Path

from probing.datasets import TextDataset
from probing.engine.models import Continuations, DistinctTexts, Tokens, tokens_of
from probing.plan.types import NamedModel

_Asked = tuple[str, TextDataset, Continuations | None]


class DatasetTokens:
    """Tokenises a dataset for a model; keeps what was asked for last.

    `choices` are the terms by which poolers choose tokens.
    """

    def __init__(self, base: Path, choices: tuple[tuple[str, ...], ...] = ()) -> None:
        self.base, self.choices = base, choices
        self._last: tuple[_Asked, Tokens] | None = None

    def of(
        self, model: NamedModel, data: TextDataset, behind: Continuations | None = None
    ) -> Tokens:
        """The tokens of all texts, those of equal ones once where rows are parts of texts.

        With `behind`, what the texts are continued by follows them.
        Raises `ModelError` for a tokenizer that cannot be had.
        """
        asked = model.name, data, behind
        if self._last is None or self._last[0] != asked:  # datasets are equal to themselves alone
            self._last = None
            rows = self._rows(data, behind)
            self._last = asked, tokens_of(rows, model.spec, self.base, self.choices)
        return self._last[1]

    @staticmethod
    def _rows(data: TextDataset, behind: Continuations | None) -> DistinctTexts:
        """The rows of a dataset; `behind` are those of all targets of its entry."""
        own = data.texts, data.spans, data.chats, data.generate
        if behind is None or data.shared is None or data.shared.own is None:
            return DistinctTexts(*own, behind)
        read = data.read
        whole = DistinctTexts(read.texts, read.spans, read.chats)
        mine = DistinctTexts(*own)
        places = whole.text_at[data.shared.own[mine.rows]].tolist()
        return DistinctTexts(*own, behind.of(places))
