"""Which classifiers serve a dataset and read what a pooler makes, and why others do not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from probing.plan.cells import classifier_labels
from probing.plan.remarks.joint_targets import lacks_numbers, rows_without
from probing.plan.remarks.pairs import lacks_pairs, texts_in_no_pair
from probing.plan.types import NamedDataset
from probing.registry import CLASSIFIERS, EVERY_TASK, classifier, reads_tokens
from probing.spec import PoolerSpec, Spec

FindTasks = Callable[[str], Sequence[str]]


def known_tasks(name: str) -> Sequence[str]:
    """The tasks of a classifier that ships; every task of any other."""
    if ":" in name or name not in CLASSIFIERS:
        return EVERY_TASK
    return classifier(name).tasks


class Serving:
    """The classifiers of a spec, by their place in it; `notes` tell which are skipped where."""

    def __init__(self, spec: Spec, tasks_of: FindTasks) -> None:
        self.spec = spec
        self.tasks_of = tasks_of
        self.labels = classifier_labels(spec.classifiers)
        self.poolers = tuple(dict.fromkeys(spec.poolers))
        self.notes: list[str] = []
        self.unread: dict[tuple[str, bool], dict[str, None]] = {}

    def poolers_of(self, dataset: NamedDataset) -> list[PoolerSpec]:
        """The poolers that can read a dataset: several spans of a row are no text of tokens."""
        n_spans = dataset.facts.n_spans
        told = [one for one in self.poolers if not (one.reads_tokens and n_spans > 1)]
        if len(told) < len(self.poolers):
            why = f"its rows mark {n_spans} spans"
            self.notes.append(f"pool tokens is skipped on {dataset.name}: {why}")
        return told

    def of(self, dataset: NamedDataset) -> list[int]:
        """The classifiers that support the task of `dataset`."""
        entries = enumerate(self.spec.classifiers)
        return [at for at, entry in entries if self._serves(entry.name, at, dataset)]

    def _serves(self, name: str, at: int, dataset: NamedDataset) -> bool:
        why = f"it does not support {dataset.facts.task}"
        if dataset.facts.task in self.tasks_of(name):
            why = ""
        if not why and (lacking := lacks_pairs(name, dataset.facts)):
            self.notes.append(f"{dataset.name} {lacking}")
            return False
        why = why or lacks_numbers(name, dataset.facts)
        if why:
            self.notes.append(f"{self.labels[at]} is skipped on {dataset.name}: {why}")
        elif lacking := rows_without(name, dataset.facts):
            self.notes.append(f"{self.labels[at]} on {dataset.name}: {lacking}")
        elif n_alone := texts_in_no_pair(name, dataset.facts):
            self.notes.append(
                f"{self.labels[at]} on {dataset.name}: {n_alone:,} of {dataset.facts.n_rows:,} "
                "texts are in no pair of two classes: they are not trained on and score 0"
            )
        return not why

    def wants_tokens(self, at: int) -> bool:
        """Whether a classifier looks at each token of a text."""
        return reads_tokens(self.spec.classifiers[at].name)

    def reads(self, pooler: PoolerSpec, at: int) -> bool:
        """Whether a classifier reads what a pooler makes; if not, that is noted."""
        wants_tokens = self.wants_tokens(at)
        if wants_tokens == pooler.reads_tokens:
            return True
        self.unread.setdefault((pooler.label, wants_tokens), {})[self.labels[at]] = None
        return False

    def unread_notes(self) -> Iterator[str]:
        """Which classifiers are skipped on which poolers, since they read something else."""
        for (pooler, wants_tokens), labels in self.unread.items():
            one = len(labels) == 1
            what = "every token" if wants_tokens else "one vector of a text"
            verbs = ("is", "it reads") if one else ("are", "they read")
            yield f"{', '.join(labels)} {verbs[0]} skipped on pool {pooler}: {verbs[1]} {what}"
