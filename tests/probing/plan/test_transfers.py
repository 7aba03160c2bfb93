"""Which transfers a spec asks for, and how its key is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from probing import spec as specs
from probing.datasets import DatasetFacts
from probing.errors import SpecError
from probing.plan.transfers import transfer_notes, transfers_of
from probing.plan.types import NamedDataset
from probing.spec import DatasetSpec, Spec, to_toml

CLASSES = {"a": "no yes", "b": "no yes", "c": "no yes", "d": "past present", "e": "yes no"}


def spec_of(transfer: Any) -> Spec:
    text = 'datasets = ["x"]\nmodels = ["m"]\npoolers = ["mean"]\nclassifiers = ["LDA"]\n'
    return specs.parse(f"{text}transfer = {transfer}")


def named(name: str) -> NamedDataset:
    counts = tuple((label, 5) for label in CLASSES[name].split())
    facts = DatasetFacts(name, str(Path(name)), "binary", 10, 2, counts, mean_length=3.0)
    return NamedDataset(name, DatasetSpec(name), facts)


DATA = [named(name) for name in CLASSES]


@pytest.mark.parametrize(
    ("transfer", "expected"),
    [
        ("false", {}),
        ("true", {"a": "bc", "b": "ac", "c": "ab"}),
        ('"leave-one-out"', {"all but a": "a", "all but b": "b", "all but c": "c"}),
        ('[["a", "b"], [["b", "c"], "a"], ["a", "c"]]', {"a": "bc", "b + c": "a"}),
        ('[["a", "d"]]', {}),
    ],
)
def test_what_is_tested_on_what(transfer: str, expected: dict[str, str]) -> None:
    found = transfers_of(spec_of(transfer), DATA)
    told = {one.trained_on: "".join(to.name for to in one.targets) for one in found}
    assert told == expected
    for one in found:
        assert not {each.name for each in one.sources} & {to.name for to in one.targets}
        assert one.joined.facts.n_rows == 10 * (len(one.sources) + len(one.targets))


def test_both_are_asked_for_by_one_word() -> None:
    assert len(transfers_of(spec_of('"all"'), DATA)) == 6


def test_what_has_no_partner_is_told_once() -> None:
    (note,) = transfer_notes(spec_of("true"), DATA)
    assert note.startswith("transfer is not applicable to d, e: no other dataset has the same")
    (note,) = transfer_notes(spec_of('[["a", "d"], ["a", "b"]]'), DATA)
    assert note.startswith("transfer from a to d is not applicable")
    assert not list(transfer_notes(spec_of("false"), DATA))


@pytest.mark.parametrize(
    ("transfer", "what"),
    [
        ('"some"', "transfer = 'some' is not valid"),
        ("3", "transfer = 3 is not valid"),
        ('["a", "b"]', "'a' is not a pair"),
        ('[[[], "b"]]', "names nothing to train on"),
        ('[["a", "a"]]', "both trained on and tested"),
        ('[["a", 3]]', "transfer = 3 must be a non-empty string"),
    ],
)
def test_what_is_wrong_is_told(transfer: str, what: str) -> None:
    with pytest.raises(SpecError, match=what.replace("[", r"\[")):
        spec_of(transfer)


def test_a_name_that_is_none_of_the_datasets() -> None:
    with pytest.raises(SpecError, match="none of the datasets"):
        transfers_of(spec_of('[["a", "missing"]]'), DATA)


def test_a_spec_is_written_as_it_is_read() -> None:
    for transfer in ("true", '"all"', '[["a", "b"], [["b", "c"], "a"]]'):
        spec = spec_of(transfer)
        assert specs.parse(to_toml(spec)) == spec
