"""Texts as a probe was trained to read them: in the template of its dataset, and continued."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from probing.datasets.formats.table import Table
from probing.datasets.marks.chats import Chats, chats_of
from probing.datasets.templates import TEXT, fields_of, of, render
from probing.errors import ProbeError
from probing.probes import Card
from probing.spec import CHAT, DatasetSpec, read_entry


@dataclass(frozen=True)
class Wording:
    """Makes of a text what the model reads; `entry` is that of the dataset, None: the text.

    The model continues what it reads by up to `generate` tokens.
    """

    entry: DatasetSpec | None
    generate: int = 0

    @classmethod
    def of(cls, card: Card, *, as_is: bool = False) -> Wording:
        """That of a probe; `as_is` texts are whole already, but for what the model adds.

        Raises `ProbeError` where a text alone does not make what the probe was trained on.
        """
        said = {"path": "texts", **card.dataset.wording}
        entry = read_entry(said, DatasetSpec, "path", card.name)
        generate = int(card.dataset.entry.get("generate") or 0)
        if as_is or entry.template is None:
            return cls(None, generate)
        if entry.template != CHAT:
            others = [name for name in fields_of(entry.template) if name != TEXT]
            if others:
                what = f"was trained on texts made of the columns {', '.join(others)}"
                raise ProbeError(what, where=card.name, hint="give whole texts, with --as-is")
        return cls(entry, generate)

    def __call__(self, texts: Sequence[str]) -> tuple[list[str], Chats | None]:
        """The texts as the model reads them, and the turns of conversations."""
        if self.entry is None:
            return list(texts), None
        table = Table("texts", {TEXT: list(texts)}, range(len(texts)))
        template = of(self.entry, table)
        assert template is not None
        return render(template, table, TEXT), chats_of(self.entry, table, TEXT)
