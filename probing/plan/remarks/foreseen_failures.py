"""What will fail, as far as the files of the datasets and arithmetic tell before any work."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from probing.plan.types import NamedDataset
from probing.registry import CLASSIFIERS
from probing.spec import Spec

if TYPE_CHECKING:
    from probing.datasets import DatasetFacts

TRAIN, _, TEST = range(3)


def foreseen(dataset: NamedDataset, spec: Spec) -> Iterator[str]:
    """Sentences on the cells of a dataset that will fail."""
    checks = {"given": _given_parts, "shuffle": _empty_test}
    reason = too_small(dataset, spec) or checks.get(spec.split, _nothing)(dataset, spec)
    if reason:
        yield f"all cells of {dataset.name} will fail: {reason}"
    else:
        yield from _too_many_neighbors(dataset, spec)


def _nothing(_: NamedDataset, __: Spec) -> str:
    return ""


def too_small(dataset: NamedDataset, spec: Spec) -> str:
    """Why no fold of a dataset can be cut, or nothing: a class or the whole has too few groups."""
    of_a_class = too_few_of_a_class(dataset.facts, spec.n_class_folds, bool(dataset.spec.limit))
    return of_a_class or _too_few_groups(dataset, spec)


def too_few_of_a_class(facts: DatasetFacts, n_folds: int, is_limited: bool = False) -> str:
    """Why so many folds cannot be cut, or nothing: the smallest class has too few groups."""
    small = [
        (n_groups, name, n_texts)
        for n_groups, (name, n_texts) in zip(facts.class_groups, facts.class_counts, strict=False)
        if n_groups < n_folds
    ]
    if not small:
        return ""
    n_groups, name, n_texts = min(small)
    count = _counted(n_texts, "text")
    if n_texts != n_groups:
        count += f" in {_counted(n_groups, 'group')}"
    remedy = f"set min_class = {n_folds} or lower n_folds"
    if len(facts.class_counts) - len(small) < 2:
        more = "raise limit" if is_limited else "add texts"
        more += " of other groups" if n_texts != n_groups and not is_limited else ""
        remedy = f"lower n_folds to {n_groups}" if n_groups > 1 else more
    return f"{_classes([name], small)} too few texts for {n_folds} folds ({count}); {remedy}"


def _classes(names: Sequence[str], every: Sequence[object]) -> str:
    """The first class with how many more there are, as the subject of a sentence."""
    if len(every) == 1:
        return f"class {names[0]!r} has"
    return f"class {names[0]!r} and {len(every) - 1:,} more have"


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _too_few_groups(dataset: NamedDataset, spec: Spec) -> str:
    n_groups = dataset.facts.n_groups
    if spec.split != "kfold" or n_groups >= spec.n_folds or not n_groups:
        return ""
    return f"{n_groups:,} groups of texts are too few for {spec.n_folds} folds; lower n_folds"


def _given_parts(dataset: NamedDataset, spec: Spec) -> str:
    """What the given split lacks: rows to train or to test on, or a class to train on."""
    counts = dict(dataset.facts.split_counts)
    for part, said in (("train", "training"), ("test", "test")):
        if dataset.facts.has_split and not counts.get(part):
            return f"its split has no {said} rows"
    names = [name for name, _ in dataset.facts.class_counts]
    untrained = [
        name
        for name, parts in zip(names, dataset.facts.class_parts, strict=False)
        if not parts[TRAIN]
    ]
    if not untrained:
        return ""
    hint = "leave it out with where or classes, or choose another split"
    return f"{_classes(untrained, untrained)} no training texts in its split; {hint}"


def _empty_test(dataset: NamedDataset, spec: Spec) -> str:
    n_rows = dataset.facts.n_rows
    if spec.test_size * n_rows >= 0.5:
        return ""
    return f"test_size = {spec.test_size} of {n_rows:,} texts is none; raise test_size"


def _too_many_neighbors(dataset: NamedDataset, spec: Spec) -> Iterator[str]:
    n_train = most_trained_on(dataset, spec)
    for entry in spec.classifiers:
        wanted = entry.parameters.get("n_neighbors")
        if entry.name not in CLASSIFIERS or not isinstance(wanted, int) or wanted <= n_train:
            continue
        yield (
            f"{entry.name} on {dataset.name} will fail: n_neighbors = {wanted:,}, but a fold has "
            f"at most {n_train:,} training texts; lower n_neighbors"
        )


def most_trained_on(dataset: NamedDataset, spec: Spec) -> int:
    """The most texts that a fold can train on."""
    facts = dataset.facts
    if spec.split == "given":
        return dict(facts.split_counts).get("train", facts.n_rows)
    if spec.split == "shuffle" or facts.has_groups:
        # whole groups on one side: the smallest part may have one text alone
        return facts.n_rows - 1
    return facts.n_rows - facts.n_rows // spec.n_folds
