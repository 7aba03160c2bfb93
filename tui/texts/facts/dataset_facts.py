"""What is known of a dataset in words: in a few characters, and as a preview."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from tui.texts.of_runs.plans import counted, short_count
from tui.texts.sanitiser import clean

if TYPE_CHECKING:
    from probing.audit import Finding
    from probing.datasets import DatasetFacts

AUDITING = "… reading for the audit"


def short_facts(facts: DatasetFacts) -> str:
    """Rows, task and groups in a few characters: `2.4k bin grp`, `2.3k 7 cls`."""
    short = {"binary": "bin", "regression": "regr", "multiclass": f"{facts.n_classes} cls"}
    return f"{short_count(facts.n_rows):>5} {short[facts.task]}{' grp' if facts.has_groups else ''}"


def preview(facts: DatasetFacts, findings: Sequence[Finding] | None) -> Text:
    """Counts, what the audit found once it is done, and example texts with their labels."""
    rows = f"{facts.n_rows:,} rows in " if facts.n_spans else ""
    n_texts = facts.n_texts if facts.n_spans else facts.n_rows
    lines = [f"{clean(facts.name)}: {rows}{n_texts:,} texts, {targets_line(facts)}"]
    if facts.has_groups:
        lines.append(f"{facts.n_groups:,} groups, each kept in one fold")
    if facts.has_split:
        parts = ", ".join(f"{part} {count:,}" for part, count in facts.split_counts)
        lines.append(f"given split: {parts}")
    if facts.positive:
        lines.append(f"positive class: {clean(facts.positive)}")
    lines += [f"{counted(n, 'row')} left out: {why}" for why, n in facts.dropped]
    lines += [f"! {clean(note)}" for note in facts.notes]
    lines += [AUDITING] if findings is None else list(map(_line, findings))
    text = Text("\n".join(lines) + "\n")
    width = min(12, max((len(clean(label)) for label, _ in facts.examples), default=1))
    for label, example in facts.examples:
        text.append(f"\n{clean(label, width):>{width}} │ ", style="bold")
        text.append(clean(example, 160))
    return text


def _line(finding: Finding) -> str:
    return f"{'!' if finding.is_warning else '·'} {clean(finding.message)}"


def targets_line(facts: DatasetFacts) -> str:
    if facts.target_range is not None:
        least, mean, largest = facts.target_range
        return f"targets {least:g} to {largest:g}, mean {mean:.4g}"
    shown = ", ".join(f"{clean(name, 16)} {count:,}" for name, count in facts.class_counts[:6])
    more = ", …" if len(facts.class_counts) > 6 else ""
    return f"{facts.n_classes} classes: {shown}{more}"
