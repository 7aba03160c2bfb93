"""An ensemble that is saved says the mean of what its layers say."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.special import expit

from probing import LMModel, Probe
from probing import spec as specs
from probing.engine.experiment import execute
from probing.errors import ProbeError
from probing.probes import read_card
from tests.support.real_runs import new_run


def test_its_scores_are_the_mean_of_those_of_its_layers(
    base: Path, tmp_path: Path, cache: Path
) -> None:
    run = new_run(
        base,
        tmp_path / "logs",
        classifiers='["LDA", "KNN", "MassMean"]',
        poolers='[{pool = "token", quantile = [0.2, 0.8]}]',
        controls="[]",
        ensemble='"mean"',
        save_probes='"all"',
        n_folds="2",
    )
    assert execute(run, specs.load(run.spec), run.path) == 0
    model = LMModel(str(base / "tiny"))
    texts = [json.loads(line)["text"] for line in (base / "cats.jsonl").open()][:30]
    for name, is_share in (("LDA", True), ("KNN", True), ("MassMean", False)):
        cards = {path: read_card(path) for path in run.probes.glob(f"*-{name}.json")}
        (whole,) = [path for path, card in cards.items() if card.kind == "ensemble"]
        members = [path for path, card in cards.items() if card.kind != "ensemble"]
        probe = Probe.load(whole, model)
        found = probe.scores(texts)
        each = np.stack([Probe.load(path, model).scores(texts) for path in members])
        if is_share:
            np.testing.assert_allclose(expit(found), expit(each).mean(0), atol=1e-5)
        else:
            units = [one["unit"] for one in probe.card.classifier.given["members"]]
            assert np.corrcoef(found, each.mean(0))[0, 1] > 0.9 and min(units) > 0
        assert len(probe.card.place.layers) == len(members) and probe.card.place.layer is None
        assert probe.probabilities(texts) is not None
        with pytest.raises(ProbeError, match="the mean of several layers"):
            _ = probe.direction
        with pytest.raises(ProbeError, match="several activations side by side"):
            probe.token_scores(texts[:1])
