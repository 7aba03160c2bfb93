"""The rows of the list of models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from probing.catalog import ModelFacts, label
from probing.errors import ProbingError
from probing.spec import ModelSpec
from tui.processes.known_facts import FactsBook
from tui.texts.of_runs.plans import short_count
from tui.texts.sanitiser import clean
from tui.widgets.column_widths import Column
from tui.widgets.row_table import Row

COLUMNS = (
    Column("model", 16, middle=True),
    Column("type", 6, rank=2),
    Column("layers", 6, right=True),
    Column("width", 5, right=True),
    Column("params", 6, right=True),
    Column("longest", 7, right=True, rank=3),
    Column("dtype", 8, rank=4),
    Column("from", 7, rank=1),
)


@dataclass(frozen=True)
class Listed:
    """A model of the list: its entry and what is known of it."""

    entry: ModelSpec
    facts: ModelFacts | ProbingError | None
    is_picked: bool

    @property
    def key(self) -> tuple[str, ...]:
        """What tells it from the others."""
        return (repr(self.entry),)

    @property
    def name(self) -> str:
        """Its name in the results."""
        return label(self.entry)

    @property
    def searched(self) -> dict[str, object]:
        """The columns that a filter knows."""
        one = self.facts if isinstance(self.facts, ModelFacts) else None
        return {
            "name": self.name,
            "type": one and one.model_type,
            "layers": one and one.n_layers,
            "width": one and one.d_model,
            "params": one and one.shown_params,
            "longest": one and one.max_length,
            "dtype": one and one.dtype,
            "source": one and one.source,
            "causal": None if one is None else str(one.is_causal).lower(),
            "picked": str(self.is_picked).lower(),
        }

    def row(self) -> Row:
        """Its row of the table."""
        mark = "x" if self.is_picked else " "
        name, empty = clean(self.name), ("",) * (len(COLUMNS) - 2)
        if self.facts is None:
            return Row(self.key, (name, "…", *empty), "quiet", mark)
        if isinstance(self.facts, ProbingError):
            return Row(self.key, (name, "unusable", *empty), "bad", mark)
        one = self.facts
        sizes = str(one.n_layers), str(one.d_model), short_count(one.shown_params)
        longest = "" if one.max_length is None else f"{one.max_length:,}"
        cells = name, clean(one.model_type), *sizes, longest, clean(one.dtype), one.source
        return Row(self.key, cells, "", mark)


def listed(
    book: FactsBook, entries: Sequence[ModelSpec], picked: Sequence[ModelSpec]
) -> list[Listed]:
    """Every model of the entries."""
    return [Listed(entry, book.known_model(entry), entry in picked) for entry in entries]
