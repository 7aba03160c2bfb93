"""What several classifiers share of the features: computed once, and changing nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from threading import Barrier, Thread

import numpy as np
import pytest

from probing.engine.blocks import Block, FoldFit
from probing.engine.classifiers.builtin.families import layer_by_layer
from probing.engine.classifiers.builtin.logistic import LogisticRegression
from probing.engine.classifiers.builtin.ridge import Ridge
from probing.engine.shared_values import Memo
from probing.engine.solvers.rows.lazy_attributes import lazy
from tests.support.blocks import block


def test_what_fits_is_made_once_and_the_rest_each_time() -> None:
    made = Counter[str]()

    def make(name: str) -> str:
        made[name] += 1
        return name * 10

    memo = Memo(limit=25)
    for _ in range(3):
        for name in "abc":
            assert memo.get(name, lambda name=name: make(name), len) == name * 10
    assert made == {"a": 1, "b": 1, "c": 3}


@pytest.fixture
def decomposed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The number of rows of every layer whose coordinates are computed."""
    found: list[int] = []
    compute = layer_by_layer.basis_of

    def counted(X, *, scaled):
        found.append(len(X))
        return compute(X, scaled=scaled)

    monkeypatch.setattr(layer_by_layer, "basis_of", counted)
    yield found


def scores(one: Block) -> list[np.ndarray]:
    fits = [*LogisticRegression(C=1.0).fit(one), *Ridge(1.0).fit(one)]
    assert all(isinstance(fit, FoldFit) for fit in fits)
    return [fit.test_scores for fit in sorted(fits, key=at)]


def at(fit: FoldFit) -> tuple[int, int, int, int]:
    return ("C" in fit.chosen, fit.layer_at, fit.labelling_at, fit.fold)


def test_classifiers_share_the_coordinates_of_a_layer(decomposed: list[int]) -> None:
    alone = block("binary", n_layers=3)
    expected = scores(alone)
    assert len(decomposed) == 6
    together = scores(replace(alone, memo=Memo()))
    assert len(decomposed) == 9
    assert all(np.array_equal(one, other) for one, other in zip(expected, together, strict=True))


def test_blocks_of_other_layers_share_nothing(decomposed: list[int]) -> None:
    memo, whole = Memo(), block("binary", n_layers=2)
    for layer in range(2):
        one = replace(whole, features=whole.features[layer : layer + 1], memo=memo, name=layer)
        assert [fit.layer_at for fit in Ridge(1.0).fit(one)] == [0] * 3
    assert len(decomposed) == 2


def test_scaled_features_have_coordinates_of_their_own(decomposed: list[int]) -> None:
    one = replace(block("binary"), memo=Memo())
    for scale in ("none", "standard", "none"):
        list(Ridge(1.0).fit(replace(one, scale=scale)))
    assert len(decomposed) == 2


def test_lazy_attributes_of_two_objects_are_computed_side_by_side() -> None:
    meeting, found = Barrier(2, timeout=20), []

    class Slow:
        @lazy
        def number(self) -> int:
            """Waits for the other."""
            return meeting.wait()

    def ask() -> None:
        one = Slow()
        found.append(one.number)

    threads = [Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [0, 1]
    assert Slow.number.__doc__ == "Waits for the other."
