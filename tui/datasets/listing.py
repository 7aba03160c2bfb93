"""The rows of the list of datasets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from probing.datasets import NotFetchedError
from probing.errors import ProbingError
from probing.spec import DatasetSpec
from tui.texts.of_runs.plans import short_count
from tui.texts.sanitiser import clean
from tui.widgets.column_widths import Column
from tui.widgets.row_table import Row

if TYPE_CHECKING:
    from probing.datasets import DatasetFacts
    from tui.processes.known_facts import FactsBook

WAITS = "·"  # where an audit is to come
COLUMNS = (
    Column("dataset", 14, middle=True),
    Column("task", 10),
    Column("rows", 5, right=True),
    Column("classes", 7, right=True, rank=2),
    Column("groups", 6, right=True, rank=1),
    Column("audit", 5, rank=3),
)


@dataclass(frozen=True)
class Listed:
    """A dataset of the list: its entry, its place among the files of the entry, its facts."""

    entry: DatasetSpec
    at: int
    facts: DatasetFacts | ProbingError | None
    is_picked: bool
    n_warnings: int | None
    is_audited_now: bool = False

    @property
    def name(self) -> str:
        """The name in the results, or the path where it is not known yet."""
        if self.facts is None or isinstance(self.facts, ProbingError):
            return self.entry.name or self.entry.path
        return self.facts.name

    @property
    def key(self) -> tuple[str, ...]:
        """What tells it from the others."""
        return repr(self.entry), str(self.at)

    @property
    def searched(self) -> dict[str, object]:
        """The columns that a filter knows."""
        one = None if isinstance(self.facts, ProbingError) else self.facts
        return {
            "name": self.name,
            "task": one and one.task,
            "rows": one and one.n_rows,
            "classes": one and one.n_classes,
            "groups": one and one.n_groups,
            "picked": str(self.is_picked).lower(),
            "warnings": self.n_warnings,
        }

    def row(self) -> Row:
        """Its row of the table."""
        mark = "x" if self.is_picked else " "
        if self.facts is None:
            return Row(self.key, (clean(self.name), "…", "", "", "", ""), "quiet", mark)
        if isinstance(self.facts, ProbingError):
            is_far = isinstance(self.facts, NotFetchedError)
            said = "to fetch" if is_far else "unusable"
            look = "quiet" if is_far else "bad"
            return Row(self.key, (clean(self.name), said, "", "", "", ""), look, mark)
        one = self.facts
        classes = str(one.n_classes or "")
        groups = short_count(one.n_groups) if one.has_groups else ""
        audit = "none" if not self.n_warnings else f"! {self.n_warnings}"
        if self.n_warnings is None:
            audit = "…" if self.is_audited_now else WAITS
        cells = clean(one.name), one.task, short_count(one.n_rows), classes, groups, audit
        return Row(self.key, cells, "", mark)


def listed(
    book: FactsBook,
    entries: Sequence[DatasetSpec],
    picked: Sequence[DatasetSpec],
    auditing: DatasetSpec | None = None,
) -> list[Listed]:
    """Every dataset of the entries: one that reads several files has a row for each."""
    found = []
    for entry in entries:
        known, audits = book.known_dataset(entry), book.known_audit(entry)
        is_picked = entry in picked
        if not isinstance(known, tuple):
            found.append(Listed(entry, 0, known, is_picked, None))
            continue
        for at, facts in enumerate(known):
            findings = audits[at] if audits else None
            n = None if findings is None else sum(one.is_warning for one in findings)
            found.append(Listed(entry, at, facts, is_picked, n, entry == auditing))
    return found
