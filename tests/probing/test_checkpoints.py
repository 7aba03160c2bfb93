# ruff: noqa: E501
"""A series of checkpoints in one entry, and the training step in a model's name."""

from __future__ import annotations

import pytest

from probing import spec as specs
from probing.errors import SpecError
from probing.spec import names_of, step_of, trajectory_of

REST = 'datasets = ["d"]\npoolers = [{}]\nclassifiers = ["LDA"]\n'


@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("a@step{1000,2000}", ["a@step1000", "a@step2000"]),
        ("runs/checkpoint-{0..1000..500}", ["runs/checkpoint-0", "runs/checkpoint-500", "runs/checkpoint-1000"]),
        ("{a,b}/m@step{1..2}", ["a/m@step1", "a/m@step2", "b/m@step1", "b/m@step2"]),
        ("iter_{008..010}", ["iter_008", "iter_009", "iter_010"]),
        ("a{,x}", ["a", "ax"]),
        ("gpt2", ["gpt2"]),
        ("odd{name}", ["odd{name}"]),
        ("odd{x}-{1,2}", ["odd{x}-1", "odd{x}-2"]),
    ],
)  # fmt: skip
def test_braces_stand_for_several_names(name, names):
    assert list(names_of(name)) == names


@pytest.mark.parametrize("name", ["a@step{5..1}", "a@step{0..9..0}", "a{0..99999999}"])
def test_a_range_without_an_end_is_an_error(name):
    with pytest.raises(SpecError, match="range without an end"):
        names_of(name)


def test_too_many_names_are_refused_before_they_are_made():
    with pytest.raises(SpecError, match="more than 1,000 models"):
        names_of("a" + "{0..999}" * 9)


def test_an_entry_becomes_a_series_and_keeps_its_keys():
    text = 'models = ["a@step{1,2}", { model = "b@step{1,2}", max_length = 8 }, "c"]\n' + REST
    spec = specs.parse(text)
    assert [one.model for one in spec.models] == ["a@step1", "a@step2", "b@step1", "b@step2", "c"]
    assert [one.max_length for one in spec.models] == [None, None, 8, 8, None]
    assert specs.parse(specs.to_toml(spec)) == spec
    with pytest.raises(SpecError, match=r"spec: models: .*range without an end"):
        specs.parse('models = ["a@step{2..1}"]\n' + REST)


@pytest.mark.parametrize(
    ("name", "step", "series"),
    [
        ("EleutherAI/pythia-160m@step1000", 1000, "EleutherAI/pythia-160m@step*"),
        ("checkpoint-500", 500, "checkpoint-*"),
        ("/runs/step9/checkpoint-500", 500, "/runs/step9/checkpoint-*"),
        ("global_step10", 10, "global_step*"),
        ("allenai/OLMo-7B@step150000-tokens630B", 150000, "allenai/OLMo-7B@step*-tokens630B"),
        ("allenai/OLMo-2@stage1-step150k", 150000, "allenai/OLMo-2@stage1-step*"),
        ("iter_0001000", 1000, "iter_*"),
        ("ckpt=7", 7, "ckpt=*"),
        ("gpt2", None, "gpt2"),
        ("footstep7", None, "footstep7"),
        ("step3b-model", None, "step3b-model"),
        ("org/step1000@main", None, "org/step1000@main"),
    ],
)
def test_the_step_is_read_off_the_name(name, step, series):
    assert step_of(name) == step
    assert trajectory_of(name) == series
