"""What the benchmarks time: contenders, processes, features, and the counted floor."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks.fits.activations import activations, block_of
from benchmarks.fits.fitted import Fits, Fitted, Key, agreement
from benchmarks.fits.our_fits import our_fits
from benchmarks.fits.pairs import Manner, Pair
from benchmarks.fits.sklearn_fits import fit_pair
from benchmarks.fits.workers import Workers
from benchmarks.floor import tallied
from benchmarks.shapes import Shape
from benchmarks.timing import Contender, Done, in_turn


def test_activations_part_more_with_every_layer() -> None:
    shape = Shape(400, 24, 4, 4, 3)
    features, targets = activations(shape)
    assert features.shape == (4, 400, 24) and features.dtype == np.float32
    assert np.bincount(targets).tolist() == [134, 133, 133]
    fits = our_fits(block_of(features, targets, shape, scale="standard", device="cpu"), ["lda"])
    first, last = (
        np.mean([fit.accuracy for key, fit in fits.found.items() if key.layer == layer])
        for layer in (0, 3)
    )
    assert last > first
    again = activations(shape)[0]
    assert (again == features).all() and not (activations(shape, 1)[0] == features).all()


def test_agreement_tells_what_differs() -> None:
    truth = np.array([0, 1, 1, 0])
    left = Fitted.of(np.array([0.1, 0.9, 0.8, 0.4]), 0.5, truth, 1.0)
    right = Fitted.of(np.array([0.1, 0.9, 0.8, 0.6]), 0.5, truth, 10.0)

    def fits(fold: int, fitted: Fitted) -> Fits:
        return Fits({Key(0, fold, "x"): fitted})

    words = agreement(fits(0, left), fits(0, right))
    assert words.startswith("75.00 % of decisions, scores within 0.6, accuracy within 25 points")
    assert words.endswith("0.00 % of strengths")
    assert agreement(fits(0, left), fits(1, left)) == "nothing in common"
    assert agreement(fits(0, left), fits(0, left)).startswith("100 %")


def test_parts_of_several_processes_add_up() -> None:
    parts = [Fits({}, {"a": 1.0, "b": 3.0}), Fits({}, {"a": 2.0})]
    assert Fits.joined(parts).times(10).told() == "a 30 s, b 30 s"
    assert Fits({}, {"a": 1.0}).told() == ""


def test_the_floor_counts_products_and_traffic() -> None:
    A, B = torch.randn(30, 40), torch.randn(40, 50)
    product = tallied(lambda: A @ B)
    assert dict(product.flops) == {torch.float32: 2 * 30 * 40 * 50} and product.moved == 0
    scaled = tallied(lambda: A * 2)
    assert not scaled.flops and scaled.moved == 2 * 4 * 30 * 40
    square = (A @ A.T).double()
    solved = tallied(lambda: torch.linalg.eigh(square))
    assert solved.flops[torch.float64] == 9 * 30**3


def test_the_floor_counts_layers_that_are_fitted_side_by_side() -> None:
    shape = Shape(60, 5, 3, 2)
    block = block_of(*activations(shape), shape, scale="none", device="cpu")
    lone = [replace(block, features=block.features[at : at + 1]) for at in range(3)]
    threads = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        every = tallied(lambda: our_fits(block, ["ridge grid"]))
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(threads)
    each = [tallied(partial(our_fits, one, ["ridge grid"])) for one in lone]
    assert sum(every.flops.values()) == sum(sum(one.flops.values()) for one in each) > 0


def test_contenders_take_turns_and_a_broken_off_one_goes_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looks, order = list[str](), list[str]()
    # what all tests before have left takes a second to look through
    monkeypatch.setattr(gc, "collect", lambda: looks.append(""))

    def contender(name: str, share: float) -> Contender[None]:
        def go() -> Done[None]:
            order.append(name)
            return Done(None, 2.0 / share, share)

        return Contender(name, go)

    whole, part = in_turn([contender("a", 1.0), contender("b", 0.5)], 3)
    assert order == ["a", "b", "a", "a"] and len(looks) == len(order)
    assert whole.seconds == [2.0] * 3 and part.seconds == [4.0]
    assert part.note == "extrapolated from 50 % of the work" and whole.note == ""
    [long] = in_turn([contender("c", 1.0)], 3, limit_s=3.0)
    assert long.seconds == [2.0, 2.0]


@pytest.fixture(scope="module")
def worker() -> Iterator[Workers]:
    workers = Workers(1, 1)
    yield workers
    workers.close()


def test_workers_break_off_at_the_limit(worker: Workers) -> None:
    assert worker.run(os.getenv, ["OMP_NUM_THREADS"] * 3, 60).result == ["1"] * 3
    done = worker.run(abs, list(range(20)), 0.0)
    assert done.share == 1 / 20 and len(done.result) == 1


def test_the_time_of_a_share_is_that_of_busy_workers(worker: Workers) -> None:
    done = worker.run(time.sleep, [0.2] * 10, 0.3)
    assert 0.1 < done.share < 1 and done.seconds >= 2.0


@pytest.mark.parametrize("manner", ["cold", "warm", "pipeline", "joint"])
def test_every_manner_of_scikit_learn_finds_the_same(manner: Manner, tmp_path: Path) -> None:
    shape = Shape(90, 6, 1, 2)
    features, targets = activations(shape)
    np.save(tmp_path / "features.npy", features)
    block = block_of(features, targets, shape, scale="standard", device="cpu")
    fold, inner = block.labellings[0].folds[0], block.labellings[0].inner[0]
    pair = Pair(
        str(tmp_path / "features.npy"), 0, 0, targets, fold.train, fold.test, inner,
        ("ridge grid", "lda", "mass mean"), "standard", "exact",
    )  # fmt: skip
    assert replace(pair, manner=manner).is_piped == (manner in ("cold", "pipeline"))
    exact, found = fit_pair(pair), fit_pair(replace(pair, manner=manner))
    assert exact.found.keys() == found.found.keys()
    for key, one in exact.found.items():
        assert np.abs(one.scores - found.found[key].scores).max() < 1e-4
