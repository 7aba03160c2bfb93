"""Plan the transfers of a spec: what is trained on which datasets, and tested on which others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from probing.errors import SpecError, nearest
from probing.plan.types import NamedDataset
from probing.spec import Spec
from probing.spec.transfer import ALL, LEAVE_ONE_OUT


@dataclass(frozen=True)
class Transfers:
    """Datasets to train on together, under one name, and those to test the probes on."""

    trained_on: str
    sources: tuple[NamedDataset, ...]
    targets: tuple[NamedDataset, ...]

    @property
    def joined(self) -> NamedDataset:
        """All of them as one dataset, to count what the fits cost."""
        first, every = self.sources[0], (*self.sources, *self.targets)
        n_rows = sum(one.facts.n_rows for one in every)
        n_characters = sum(one.facts.n_rows * one.facts.mean_length for one in every)
        facts = replace(first.facts, n_rows=n_rows, mean_length=n_characters / n_rows)
        return NamedDataset(self.trained_on, first.spec, facts)


def transfers_of(spec: Spec, data: Sequence[NamedDataset]) -> list[Transfers]:
    """The transfers that a spec asks for, those of the same training part together.

    Raises `SpecError` for a pair with a name that is none of the datasets.
    """
    if not spec.transfer:
        return []
    if isinstance(spec.transfer, tuple):
        return list(_of_pairs(spec, data))
    found: list[Transfers] = []
    for alike in alike_datasets(data):
        if spec.transfer in (True, ALL) or len(alike) == 2:
            found += _pairwise(alike)
        if spec.transfer in (LEAVE_ONE_OUT, ALL) and len(alike) > 2:
            found += _left_out(alike)
    return found


def alike_datasets(data: Sequence[NamedDataset]) -> list[list[NamedDataset]]:
    """The datasets with the same task and classes together."""
    found: dict[tuple[object, ...], list[NamedDataset]] = {}
    for one in data:
        found.setdefault(what_is_told(one), []).append(one)
    return list(found.values())


def what_is_told(one: NamedDataset) -> tuple[object, ...]:
    """The task of a dataset and its classes in their order."""
    return one.facts.task, *(name for name, _ in one.facts.class_counts)


def transfer_notes(spec: Spec, data: Sequence[NamedDataset]) -> Iterator[str]:
    """What of the transfers is not applicable, and why, once."""
    if not spec.transfer or isinstance(spec.transfer, tuple):
        yield from _of_unlike_pairs(spec, data)
        return
    alike = alike_datasets(data)
    alone = [one.name for group in alike if len(group) == 1 for one in group]
    if alone:
        why = "no other dataset has the same task and classes, in the same order"
        yield f"transfer is not applicable to {', '.join(alone)}: {why}"
    if sum(len(group) > 1 for group in alike) > 1:
        told = "; ".join(_told(group) for group in alike if len(group) > 1)
        yield f"transfer is between datasets of the same classes: {told}"


def _told(group: Sequence[NamedDataset]) -> str:
    names = ", ".join(one.name for one in group)
    classes = ", ".join(name for name, _ in group[0].facts.class_counts)
    return f"{names} ({classes or group[0].facts.task})"


def _of_unlike_pairs(spec: Spec, data: Sequence[NamedDataset]) -> Iterator[str]:
    known = {one.name: one for one in data}
    for trained, tested in spec.transfer if isinstance(spec.transfer, tuple) else ():
        every = [known[name] for name in (*trained, tested) if name in known]
        if len({what_is_told(one) for one in every}) > 1:
            names = " + ".join(trained)
            why = "they differ in their task or classes, or in the order of these"
            yield f"transfer from {names} to {tested} is not applicable: {why}"


def _pairwise(alike: Sequence[NamedDataset]) -> Iterator[Transfers]:
    for one in alike if len(alike) > 1 else ():
        yield Transfers(one.name, (one,), tuple(other for other in alike if other is not one))


def _left_out(alike: Sequence[NamedDataset]) -> Iterator[Transfers]:
    for one in alike:
        others = tuple(other for other in alike if other is not one)
        yield Transfers(f"all but {one.name}", others, (one,))


def _of_pairs(spec: Spec, data: Sequence[NamedDataset]) -> Iterator[Transfers]:
    known = {one.name: one for one in data}
    tested: dict[tuple[str, ...], list[NamedDataset]] = {}
    assert isinstance(spec.transfer, tuple)
    for trained, name in spec.transfer:
        for each in (*trained, name):
            if each not in known:
                what = f"transfer names {each!r}, which is none of the datasets"
                raise SpecError(what, where="transfer", hint=nearest(each, known))
        every = [known[each] for each in (*trained, name)]
        if len({what_is_told(one) for one in every}) == 1:
            tested.setdefault(trained, []).append(known[name])
    for trained, targets in tested.items():
        sources = tuple(known[each] for each in trained)
        yield Transfers(" + ".join(trained), sources, tuple(targets))
