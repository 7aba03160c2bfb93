"""A sweep: a spec for each value of a key, or for each entry of a list."""

from __future__ import annotations

import pytest

from probing.errors import SpecError
from probing.spec import ClassifierSpec, DatasetSpec, ModelSpec, PoolerSpec, Spec, sweep_of

SPEC = Spec(
    (DatasetSpec("a/cities.jsonl"), DatasetSpec("b/cities.jsonl")),
    (ModelSpec("gpt2"), ModelSpec("org/pythia-160m")),
    (PoolerSpec(),),
    (ClassifierSpec("LDA"),),
    name="where",
)


def test_every_value_has_a_spec_of_its_own() -> None:
    found = sweep_of(SPEC, "seed=0, 1,2")
    assert [(one.name, one.seed) for one in found] == [
        ("where-seed-0", 0),
        ("where-seed-1", 1),
        ("where-seed-2", 2),
    ]
    assert all(one.models == SPEC.models for one in found)
    scales = sweep_of(SPEC, "scale=standard,none")
    assert [(one.name, one.scale) for one in scales] == [
        ("where-scale-standard", "standard"),
        ("where-scale-none", "none"),
    ]


def test_every_entry_of_a_list_is_run_alone() -> None:
    found = sweep_of(SPEC, "models")
    assert [(one.name, [each.model for each in one.models]) for one in found] == [
        ("where-gpt2", ["gpt2"]),
        ("where-pythia-160m", ["org/pythia-160m"]),
    ]
    # of one name, yet apart
    assert [one.name for one in sweep_of(SPEC, "datasets")] == ["where-cities-1", "where-cities-2"]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("sead=0,1", "there is no key 'sead'; did you mean 'seed'?"),
        ("seed=1", "has 1 values"),
        ("seed=1,1", "comes twice"),
        ("classifiers", "has 1 values"),
        ("models=a,b", "takes no values"),
        ("name=a,b", "there is no key 'name'"),
        ("n_folds=3,0", "n_folds"),
    ],
)
def test_what_is_wrong_is_said(text: str, what: str) -> None:
    with pytest.raises(SpecError) as told:
        sweep_of(SPEC, text)
    assert what in str(told.value)
