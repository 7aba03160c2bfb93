"""Layers that a GPU trains at once: one block for the classifier, each committed by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import polars as pl
import pytest
import torch

from probing.engine.blocks import Block, FoldFit
from probing.engine.classifiers.builtin.network import NetworkClassifier
from probing.engine.experiment.block_order import Arrangement
from probing.engine.experiment.passes.features import PassFeatures
from probing.logs import RunFolder
from tests.support.real_runs import scores, viewed

Run = Callable[..., RunFolder]
SPEC = {
    "classifiers": '["LDA", {name="MLP", max_epoch=3}]',
    "poolers": '[{pool="mean"}, {pool="last", layer=1}]',
    "controls": '["majority", "shuffled_labels"]',
    "n_folds": "3",
    "n_shuffles": "2",
}


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """As on a GPU; how many layers every block has that networks are given."""
    found: list[int] = []
    fit = NetworkClassifier.fit

    def trains_layers(self, block):  # type: ignore[no-untyped-def]
        return getattr(self.classifiers[block.classifier_at], "trains_layers", False)

    def fitted(self, block: Block) -> Iterator[FoldFit]:  # type: ignore[no-untyped-def]
        found.append(len(block.features))
        yield from fit(self, block)

    monkeypatch.setattr(Arrangement, "_trains_layers", trains_layers)
    monkeypatch.setattr(NetworkClassifier, "fit", fitted)
    return found


def test_layers_together_have_the_scores_that_they_have_alone(
    run: Run, request: pytest.FixtureRequest
) -> None:  # fmt: skip
    alone = run(**SPEC)
    given = request.getfixturevalue("given")
    together = run(**SPEC)
    assert max(given) > 1 and len(given) == 2  # one for each pooler
    assert scores(alone).equals(scores(together))
    tables = [pl.read_parquet(folder.predictions) for folder in (alone, together)]
    assert tables[0].sort(tables[0].columns).equals(tables[1].sort(tables[1].columns))
    assert viewed(together).state.blocks.keys() == viewed(alone).state.blocks.keys()


def test_of_large_layers_few_are_together(
    run: Run, given: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.setattr("probing.engine.experiment.block_order._LAYERS_BYTES", 1)
    assert viewed(run(**SPEC)).state.n_failed == 0
    assert set(given) == {1}


def test_a_layer_that_is_not_finite_fails_alone(
    run: Run, given: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    features = PassFeatures.of

    def broken(self, block):  # type: ignore[no-untyped-def]
        found = features(self, block).clone()
        if 0 in block.layers_at and len(found) > 1:
            found[block.layers_at.index(0), 0] = torch.inf
        return found

    monkeypatch.setattr(PassFeatures, "of", broken)
    state = viewed(run(5, **SPEC)).state
    assert state.n_failed == 2  # the task and its shuffled labels
    assert all("NaN or infinity" in reason for reason in state.failures.values())
