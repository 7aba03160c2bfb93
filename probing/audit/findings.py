"""What an audit finds: one frozen type, and how its numbers are written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from probing.datasets import TextDataset

Severity = Literal["warning", "note"]

MOST_EXAMPLES = 4
LONGEST_EXAMPLE = 200


@dataclass(frozen=True)
class Finding:
    """One thing that a reader of the results should know about a dataset.

    `kind` never changes between versions. A `warning` weakens what a score shows and stays beside
    it; a `note` is told once. `message` is short, and begins the same for all findings of a kind.
    `count` is how many rows (or groups, where the message says so) it is about, `examples` are
    (label, text), and `hint` says what to do next.
    """

    kind: str
    severity: Severity
    message: str
    count: int
    examples: tuple[tuple[str, str], ...] = ()
    hint: str = ""

    @property
    def is_warning(self) -> bool:
        """Whether it stays beside the results."""
        return self.severity == "warning"


def to_record(finding: Finding) -> dict[str, Any]:
    """The JSON object of a finding."""
    return asdict(finding)


def from_record(record: Mapping[str, Any]) -> Finding:
    """The finding of a JSON object that `to_record` made."""
    examples = tuple((str(label), str(text)) for label, text in record["examples"])
    return Finding(**{**record, "examples": examples})


def examples_of(dataset: TextDataset, rows: Iterable[int]) -> tuple[tuple[str, str], ...]:
    """The label and the beginning of the text of the first few of `rows`."""
    kept = [row for row, _ in zip(rows, range(MOST_EXAMPLES), strict=False)]
    return tuple((dataset.labels[row], dataset.shown(row)[:LONGEST_EXAMPLE]) for row in kept)


def short(value: float) -> str:
    """A share or a score in two decimals, without the leading zero: `.83`, `1.00`, `-.12`."""
    return f"{value:.2f}".replace("0.", ".", 1) if abs(value) < 0.995 else f"{value:.2f}"
