"""Flags on features and texts: constant, not finite, cut, unknown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
import torch

from probing.engine.experiment.passes import cell_flags
from probing.engine.experiment.passes.cell_flags import faults
from probing.events import Warned
from probing.logs import RunFolder
from probing.logs.results.tables import results
from probing.logs.states.event_log import read_events
from tests.support.real_runs import viewed

Run = Callable[..., RunFolder]


def test_the_embedding_layer_is_named_as_such(run: Callable[..., RunFolder]) -> None:
    poolers = '[{pool="mean"}, {pool="mean", site="mlp"}]'
    frame = results([viewed(run(poolers=poolers, controls="[]"))])
    named = frame.filter(pl.col("flags").str.contains("embedding layer"))
    assert named.select("site", "layer").rows() == [("resid", 0)]


@pytest.mark.parametrize("rows", [3, 8192])
def test_features_that_are_the_same_everywhere(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cell_flags, "_ROWS", rows)
    features = torch.randn(20, 1, 10)
    assert faults(features) == []
    features[:, :, 3] = -2.5
    features[:, :, 7] = 1e4 + 1e-4 * torch.randn(20, 1)  # alike up to rounding
    features[:, :, 8] = 0.0
    assert faults(features) == ["constant features: 3 of 10"]
    assert faults(features[:1]) == []


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_features_that_are_not_finite(value: float) -> None:
    features = torch.randn(20, 2, 4)
    features[4, 1, 2] = features[4, 1, 3] = features[9, 0, 0] = value
    assert faults(features) == ["features not finite: 2 of 40 rows"]


def test_the_first_token_is_the_same_at_layer_0_alone(run: Run, base: Path) -> None:
    models = f'[{{model="{base}/tiny",max_length=6}}]'
    done = run(poolers='["first"]', controls="[]", models=models)
    frame = results([viewed(done)]).select("layer", "flags").sort("layer")
    flags = {layer: told.split("; ") for layer, told in frame.iter_rows()}
    said = "constant features: 32 of 32"
    assert said in flags[0] and not any(said in flags[layer] for layer in (1, 2, 3))
    [cut] = {flag for told in flags.values() for flag in told if flag.startswith("texts cut: ")}
    assert cut.endswith(" of 160 at 6 tokens")
    events = [one.event for one in read_events(done.events)[0]]
    told = [one.message for one in events if isinstance(one, Warned)]
    assert f"resid, first, layer 0: {said}" in told
