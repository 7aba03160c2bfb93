"""What is known of a dataset, drawn: counts, class balance, lengths, parts and the audit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text

from tui.datasets.contents import Bin, Contents
from tui.plot.bars import bar
from tui.texts.facts.dataset_facts import AUDITING, targets_line
from tui.texts.facts.findings import audit_lines
from tui.texts.of_runs.plans import counted
from tui.texts.sanitiser import clean

if TYPE_CHECKING:
    from probing.audit import Finding
    from probing.datasets import DatasetFacts

MOST_CLASSES = 24
LONGEST_LABEL = 24
LONGEST_BAR = 40
N_EXAMPLES = 3
PARTS = ("train", "val", "test")


def facts_text(
    facts: DatasetFacts,
    findings: Sequence[Finding] | None,
    contents: Contents | None,
    width: int,
) -> Text:
    """All facts of one dataset in `width` columns."""
    text = Text()
    text.append(clean(facts.name), style="bold")
    text.append(f"  {facts.task}\n")
    for line in _counts(facts):
        text.append(f"{line}\n")
    if facts.class_counts:
        _heading(text, "classes")
        for line in _class_lines(facts, width):
            text.append(f"{line}\n")
    if contents is not None:
        _heading(text, "characters in a text")
        for line in length_lines(contents.lengths, width):
            text.append(f"{line}\n")
    _heading(text, "audit")
    for line, style in _audit(findings):
        text.append(f"{line}\n", style=style)
    return text


def _heading(text: Text, title: str) -> None:
    text.append(f"\n{title}\n", style="bold")


def _counts(facts: DatasetFacts) -> Iterator[str]:
    if facts.n_spans:
        yield f"{counted(facts.n_rows, 'row')}, each a part of one of {facts.n_texts:,} texts"
    else:
        yield f"{counted(facts.n_rows, 'text')}, {facts.n_texts:,} of them different"
    if facts.task == "regression":
        yield targets_line(facts)
    if facts.has_groups:
        yield f"{counted(facts.n_groups, 'group')}, each kept in one fold"
    if facts.n_pairs:
        yield f"{counted(facts.n_pairs, 'pair')} of one text of each class"
    if facts.has_split:
        parts = ", ".join(f"{part} {count:,}" for part, count in facts.split_counts)
        yield f"given split: {parts}"
    for role, name, why in facts.sources:
        yield f"column {role}: {clean(name)} ({why})"
    for why, n in facts.dropped:
        yield f"{counted(n, 'row')} left out: {why}"
    for note in facts.notes:
        yield f"! {clean(note)}"


def _class_lines(facts: DatasetFacts, width: int) -> Iterator[str]:
    """A bar for each class, its rows, its share and its groups; the positive one marked."""
    shown = facts.class_counts[:MOST_CLASSES]
    labels = [clean(name, LONGEST_LABEL) for name, _ in shown]
    wide = max(map(cell_len, labels))
    most = max(count for _, count in facts.class_counts)
    room = max(4, min(LONGEST_BAR, width - wide - 32))
    for at, (label, (name, count)) in enumerate(zip(labels, shown, strict=True)):
        mark = "+" if facts.positive and name == facts.positive else " "
        groups = f"  {facts.class_groups[at]:,} groups" if _has_class_groups(facts) else ""
        share = f"{count / facts.n_rows:6.1%}"
        padded = label + " " * (wide - cell_len(label))
        yield f"{mark} {padded} {bar(count / most, room)} {count:>7,} {share}{groups}"
    if more := len(facts.class_counts) - len(shown):
        yield f"  and {more:,} more classes"
    if facts.positive:
        yield f"+ the positive class: {clean(facts.positive)}"


def _has_class_groups(facts: DatasetFacts) -> bool:
    return facts.has_groups and len(facts.class_groups) == len(facts.class_counts)


def length_lines(bins: Sequence[Bin], width: int) -> Iterator[str]:
    """A bar for each range of lengths, and how many texts it holds."""
    names = [f"{one.low:,}–{one.high:,}" for one in bins]
    wide = max(map(len, names))
    most = max(one.count for one in bins)
    room = max(4, min(LONGEST_BAR, width - wide - 14))
    for name, one in zip(names, bins, strict=True):
        yield f"  {name:>{wide}} {bar(one.count / most, room)} {one.count:>7,}"


def _audit(findings: Sequence[Finding] | None) -> Iterator[tuple[str, str]]:
    if findings is None:
        yield AUDITING, "dim"
    elif not findings:
        yield "nothing found that weakens a score", ""
    else:
        for line in audit_lines(findings, N_EXAMPLES):
            yield line, "yellow" if line.startswith("warning") else ""
