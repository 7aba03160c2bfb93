"""`probe-tui data list`, `check` and `make`: list datasets, check one, make the shipped ones."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from probing.audit import Finding, audited
from probing.datasets import DatasetFacts, facts_of_each, fetched, peek, refuse, resolve, shipped
from probing.plan.remarks.foreseen_failures import too_few_of_a_class
from probing.spec import DatasetSpec, Spec, is_hub, override, read_entry
from tui.commands.of_data.taken_tokens import lines_of
from tui.commands.of_runs.batch import narrate
from tui.console import output
from tui.console.waiting import waiting
from tui.texts.facts.findings import EXAMPLE_WIDTH, audit_lines
from tui.texts.of_runs.plans import counted
from tui.texts.sanitiser import clean

USUAL_FOLDS = Spec.n_folds
N_SHOWN = 6
N_EXAMPLES = 4  # of a finding
MOST_CLASSES = 20


def list_all(given: Namespace) -> int:
    """List the shipped datasets and those in `data/` of the working folder."""
    base = Path.cwd()
    here = base / "data"
    own = resolve(DatasetSpec(str(here)), base) if any(here.glob("*")) else []
    paths = dict.fromkeys(path.resolve() for path in [*own, *shipped()])
    facts = [peek(DatasetSpec(str(path)), path) for path in paths]
    if given.json:
        output.write_json([_record(one) for one in facts])
        return 0
    numbers = ("rows", "classes", "groups")
    table = output.plain_table("name", "task", *numbers, "path", right=numbers)
    for one in facts:
        table.add_row(*(clean(text) for text in _row(one)))
    output.write_table(table)
    return 0


def _row(one: DatasetFacts) -> tuple[str, ...]:
    if one.error:
        return one.name, "unreadable", "", "", "", one.error
    groups = f"{one.n_groups:,}" if one.has_groups else ""
    return one.name, one.task, f"{one.n_rows:,}", str(one.n_classes or ""), groups, str(one.path)


def _record(one: DatasetFacts) -> dict[str, object]:
    return {key: value for key, value in asdict(one).items() if key != "examples"}


def check(given: Namespace) -> int:
    """Read a dataset as a run would, and print its facts."""
    base = Path.cwd()
    entry = _entry(given)
    with waiting(f"reading and auditing {given.file}"):
        paths = [fetched(entry)] if is_hub(entry.path) else resolve(entry, base)
        read = facts_of_each(entry, paths)
        found = [facts for _, facts in read.datasets]
        audits = [audited(part, Path(facts.path)) for part, facts in read.datasets]
    for note in read.notes:
        narrate(note)
    if given.json and (found or not read.errors):
        output.write_json([_checked(*both) for both in zip(found, audits, strict=True)])
    for both in () if given.json else zip(found, audits, strict=True):
        output.write_text("\n".join(_told(*both)))
    if given.model and not given.json:
        _show_tokens(given, read.datasets)
    refuse(read.errors, len(found) + len(read.errors))
    return 0


def _show_tokens(given: Namespace, read: Sequence[tuple[DatasetSpec, DatasetFacts]]) -> None:
    for part, facts in read:
        with waiting(f"reading tokens of {facts.name}"):
            lines = list(lines_of(part, facts, given.model, given.pooler))
        output.write_text("\n".join(f"  {line}" for line in lines))


def _entry(given: Namespace) -> DatasetSpec:
    """The entry that the options say."""
    named = ("text", "target", "group", "pair", "half", "split", "task", "header")
    keys = {name: value for name in named if (value := getattr(given, name)) is not None}
    for assignment in given.set:
        override(keys, assignment)
    return read_entry({**keys, "path": given.file}, DatasetSpec, "path", "data check")


def _checked(one: DatasetFacts, findings: Sequence[Finding]) -> dict[str, object]:
    return {**asdict(one), "findings": [asdict(each) for each in findings]}


def _told(one: DatasetFacts, findings: Sequence[Finding]) -> list[str]:
    texts = f"{one.n_texts:,}, of " if one.n_spans else ""
    lines = [
        f"{clean(one.name)}: {one.task}, {counted(one.n_rows, 'row')}",
        f"  path     {clean(one.path)}",
        f"  targets  {_targets(one)}",
        f"  texts    {texts}{one.mean_length:.0f} characters on average, "
        f"at most {one.max_length:,}",
    ]
    if one.has_groups:
        lines.append(f"  groups   {one.n_groups:,}, each kept in one fold")
    if one.has_split:
        lines.append("  split    " + ", ".join(f"{part} {n:,}" for part, n in one.split_counts))
    if one.positive:
        lines.append(f"  positive {clean(one.positive)} (class 1)")
    lines += [f"  column   {role}: {clean(name)} ({why})" for role, name, why in one.sources]
    lines += [f"  left out {counted(n, 'row')}: {why}" for why, n in one.dropped]
    lines += [f"  note     {clean(note)}" for note in one.notes]
    if small := too_few_of_a_class(one, USUAL_FOLDS):
        lines.append(f"  warning  {clean(small)}")
    for label, text in one.examples[:N_SHOWN]:
        lines.append(f"  example  {clean(label)}: {clean(text, EXAMPLE_WIDTH)}")
    return lines + [f"  {line}" for line in audit_lines(findings, N_EXAMPLES)]


def _targets(one: DatasetFacts) -> str:
    if one.target_range is not None:
        least, mean, largest = one.target_range
        return f"{least:g} to {largest:g}, mean {mean:.4g}"
    shown = [f"{clean(name)} {count:,}" for name, count in one.class_counts[:MOST_CLASSES]]
    more = len(one.class_counts) - len(shown)
    return ", ".join([*shown, f"and {more:,} more classes"] if more > 0 else shown)


def make(given: Namespace) -> int:
    """Make the shipped datasets again."""
    from probing import generate

    for path in generate.make(Path(given.folder), given.names or None):
        print(clean(path))
    return 0
