"""Write the README that describes the datasets in a folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Protocol

from probing.generate.rows import Row

_HEAD = """\
# Datasets

`probe-tui data make` generates these files, byte for byte the same every time; all sentences are
original to this project. Each line is one JSON object with `text`, `label` and, if rows belong
together, `group`. Keep a group in one fold: otherwise the probe is tested on what it has seen, and
on the datasets of pairs a bag of words scores below chance. No text is repeated. Names, places and
events are invented, except in `truth`. Licence: MIT.

| dataset | task | rows | groups | grouped by |
| --- | --- | --- | --- | --- |
"""


class Described(Protocol):
    """What the page says about a dataset, besides its rows."""

    @property
    def task(self) -> str: ...
    @property
    def grouped_by(self) -> str: ...
    @property
    def probes(self) -> str: ...
    @property
    def made(self) -> str: ...


def readme(datasets: Mapping[str, tuple[Described, list[Row]]]) -> str:
    """The page in Markdown: a table, then one paragraph per dataset."""
    lines = [_line(name, facts, rows) for name, (facts, rows) in datasets.items()]
    sections = [_section(name, facts, rows) for name, (facts, rows) in datasets.items()]
    return _HEAD + "".join(lines) + "".join(sections)


def _line(name: str, facts: Described, rows: list[Row]) -> str:
    groups = len({row["group"] for row in rows if "group" in row})
    return f"| `{name}` | {facts.task} | {len(rows)} | {groups or ''} | {facts.grouped_by} |\n"


def _section(name: str, facts: Described, rows: list[Row]) -> str:
    example = rows[0]
    return (
        f"\n## {name}\n\nProbes {facts.probes}. Made of {facts.made}.\n\n"
        f"- labels: {_labels(facts, rows)}\n- example: “{example['text']}” ({example['label']})\n"
    )


def _labels(facts: Described, rows: list[Row]) -> str:
    labels = [row["label"] for row in rows]
    if facts.task == "regression":
        numbers = [label for label in labels if isinstance(label, float)]
        return f"{min(numbers)} to {max(numbers)}"
    counts = sorted((str(label), count) for label, count in Counter(labels).items())
    return ", ".join(f"{label} ({count})" for label, count in counts)
