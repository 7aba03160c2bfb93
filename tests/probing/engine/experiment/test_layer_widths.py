"""Runs over a model whose last layer is narrower: each layer is a cell of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from probing.catalog import ModelFacts
from probing.engine.experiment.block_order import Arrangement
from probing.engine.models import LMModel
from probing.errors import SpecError
from probing.events import CellFailed, Warned
from probing.logs import RunFolder, read_events
from tests.support.real_runs import passes, scores, viewed
from tests.support.tiny_models import save_model

Run = Callable[..., RunFolder]


@pytest.fixture
def models(tmp_path: Path) -> str:
    return f'["{save_model(tmp_path / "opt", "opt_350m")}"]'


@pytest.fixture
def untold(monkeypatch: pytest.MonkeyPatch) -> None:
    """As of a model whose configuration does not tell the width of its last layer."""
    monkeypatch.setattr(ModelFacts, "width", lambda facts, site, layer: facts.d_model)


def test_every_layer_has_scores_also_from_the_cache(run: Run, models: str) -> None:
    first, again = run(models=models), run(models=models)
    assert scores(first)["layer"].drop_nulls().unique().sort().to_list() == [0, 1, 2, 3]
    assert scores(first).equals(scores(again)) and passes(again)[0][0]


@pytest.mark.usefixtures("untold")
def test_networks_of_several_layers_together(
    run: Run, models: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = {"models": models, "classifiers": '[{name="MLP", max_epoch=2}]'}
    alone = run(**options)
    monkeypatch.setattr(Arrangement, "_trains_layers", lambda *_: True)
    assert scores(run(**options)).equals(scores(alone))


def test_the_plan_knows_the_widths(run: Run, models: str, tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"differ in width \(layer 2: 32, layer 3: 16\)"):
        run(models=models, poolers='[{pool="mean", layer=[2, 3], layer_method="mean"}]')
    disk = []
    for layer in (2, 3):
        plan = viewed(run(models=models, poolers=f'[{{pool="mean", layer={layer}}}]')).run.path
        disk.append(json.loads((plan / "plan.json").read_text())["cost"]["disk_gib"])
    assert disk[0] == 2 * disk[1] > 0


@pytest.mark.usefixtures("untold")
def test_what_cannot_be_reduced_fails_alone(run: Run, models: str) -> None:
    poolers = '[{pool="mean"}, {pool="mean", layer=[1, 3]}]'
    for _ in range(2):  # the second finds the others in the cache
        folder = run(5, models=models, poolers=poolers)
        events = [one.event for one in read_events(folder.events)[0]]
        reasons = {one.reason for one in events if isinstance(one, CellFailed)}
        assert len(reasons) == 1 and "layer 3 has 16 dimensions and layer 1 has 32" in reasons.pop()
        assert scores(folder)["layer"].drop_nulls().unique().sort().to_list() == [0, 1, 2, 3]


def test_texts_one_at_a_time_are_a_warning(
    run: Run, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = LMModel.from_spec

    def mixing(*args: object, **named: object) -> LMModel:
        model = load(*args, **named)  # type: ignore[arg-type]
        change: Callable[[torch.Tensor], torch.Tensor] = lambda given: given + given.mean((0, 1))  # noqa: E731
        model.hidden.blocks[1].register_forward_hook(
            lambda block, args, output: (
                (change(output[0]), *output[1:]) if isinstance(output, tuple) else change(output)
            )
        )
        return model

    monkeypatch.setattr(LMModel, "from_spec", mixing)
    events = [one.event for one in read_events(run().events)[0]]
    told = [one.message for one in events if isinstance(one, Warned)]
    [message] = [message for message in told if "texts" in message]
    assert message.startswith("texts are run one at a time") and "features are off" in message
