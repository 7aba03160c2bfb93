"""The untrained control: random weights as transformers draws them, in a pass of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from transformers import AutoConfig, AutoModel, AutoTokenizer

from probing import results
from probing import spec as specs
from probing.engine.experiment import execute
from probing.engine.models import LMModel
from probing.errors import ModelError
from probing.events import PassDone
from probing.logs import RunFolder, read_events
from probing.spec import ModelSpec
from tests.support.real_runs import RIDGE, new_run, passes, viewed
from tests.support.tiny_models import save_model

TEXTS = ["the cat sat on the mat", "a dog", "it ran in the big red house"]
UNTRAINED = '["untrained", "majority"]'


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("family", ["bert", "gpt2", "llama", "t5"])
def test_its_weights_are_those_that_transformers_draws(
    tmp_path: Path, family: str, dtype: str
) -> None:
    folder = save_model(tmp_path / family, family, cls=family == "bert")
    spec = ModelSpec(str(folder))
    before = torch.random.get_rng_state()
    ours = LMModel.from_spec(spec, dtype=dtype, random_seed=5)
    assert (torch.random.get_rng_state() == before).all()
    torch.manual_seed(5)
    drawn = AutoModel.from_config(AutoConfig.from_pretrained(folder), dtype=getattr(torch, dtype))
    drawn = (drawn.get_encoder() if family == "t5" else drawn).eval()
    batch = AutoTokenizer.from_pretrained(folder)(TEXTS, padding=True, return_tensors="pt")
    inputs = {"input_ids": batch["input_ids"], "attention_mask": batch["attention_mask"]}
    with torch.no_grad():
        expected = drawn(**inputs, output_hidden_states=True).hidden_states
    found, trained = ours(TEXTS).hidden_states, LMModel.from_spec(spec, dtype=dtype)(TEXTS)
    for one, other, loaded in zip(found, expected, trained.hidden_states, strict=True):
        assert one.dtype == getattr(torch, dtype)
        assert torch.equal(one, other) and not torch.equal(one, loaded)


def test_it_is_a_pass_of_its_own_with_its_own_place_in_the_cache(
    run: Callable[..., RunFolder],
) -> None:
    changes = {"controls": UNTRAINED, "classifiers": RIDGE, "n_folds": "3"}
    folder = run(**changes)
    frame = results([viewed(folder)])
    own, task = frame.filter(control="untrained"), frame.filter(control="")
    assert own.select("model", "layer").rows() == task.select("model", "layer").rows()
    assert own["n_params"].to_list() == task["n_params"].to_list()
    assert own["accuracy"].to_list() != task["accuracy"].to_list()
    done = [one.event for one in read_events(folder.events)[0] if isinstance(one.event, PassDone)]
    assert [one.model for one in done] == ["tiny", "tiny (untrained)"]
    assert passes(folder) == [(False, 0, 4)] * 2
    again = run(**changes)
    assert passes(again) == [(True, 4, 0)] * 2
    assert results([viewed(again)]).drop("run").equals(frame.drop("run"))
    other = run(**changes, seed="7")
    assert passes(other) == [(True, 4, 0), (False, 0, 4)]
    assert passes(run(**{**changes, "controls": "[]"})) == [(True, 4, 0)]


def test_one_that_cannot_be_made_fails_alone(
    base: Path, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = LMModel.from_spec

    def refuse(*given: object, **named: object) -> LMModel:
        if named.get("random_seed") is not None:
            raise ModelError("cannot be drawn", where="tiny")
        return load(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(LMModel, "from_spec", refuse)
    folder = new_run(base, tmp_path / "logs", controls=UNTRAINED)
    assert execute(folder, specs.load(folder.spec), folder.path) == 5
    state = viewed(folder).state
    assert (state.n_done, state.n_failed) == (5, 4)
    assert set(state.failures.values()) == {"tiny: cannot be drawn"}
