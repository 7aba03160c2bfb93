"""The benchmarks: they run, their contenders agree, their tables say what was measured."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from benchmarks.activations import activations, block_of
from benchmarks.fitted import Fitted, Key, agreement
from benchmarks.floor import tallied
from benchmarks.our_fits import our_fits
from benchmarks.peers import PEERS, installed
from benchmarks.sizes import Shape
from benchmarks.table import Row, against, tables
from benchmarks.timing import Contender, Done, in_turn
from benchmarks.workers import Workers

ROOT = Path(__file__).parents[1]
Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Rows:
    """The rows of a tiny run of every subject."""
    file = tmp_path_factory.mktemp("benchmarks") / "rows.json"
    command = [sys.executable, "-m", "benchmarks", "--tiny", "--device", "cpu", "--json", str(file)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, env=environment, preexec_fn=_one_core
    )
    assert done.returncode == 0, done.stderr
    content = json.loads(file.read_text())
    assert content["about"]["cores"] >= 1
    for row in content["rows"]:
        assert f"**{row['work']}**" in done.stdout and f"| {row['who']} |" in done.stdout
    found: Rows = content["rows"]
    return found


def _one_core() -> None:
    """Tests share the machine: BLAS threads of default number would wait for each other."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def of(rows: Rows, subject: str, who: str) -> Rows:
    found = [row for row in rows if row["subject"] == subject and row["who"].startswith(who)]
    assert found
    return found


def test_every_row_has_a_number_or_says_why(rows: Rows) -> None:
    assert {row["subject"] for row in rows} == {"fits", "networks", "pass", "memory", "cache"}
    for row in rows:
        if row["note"] == "not installed":
            assert row["who"] in PEERS and not installed(row["who"])
        else:
            assert row["samples"] and all(math.isfinite(one) for one in row["samples"])


def test_our_fits_are_the_exact_ones(rows: Rows) -> None:
    for row in of(rows, "fits", "ours"):
        assert row["agreement"].startswith("100 % of decisions")
        assert float(row["agreement"].split("scores within ")[1].split(",")[0]) < 1e-4
        if "chosen" in row["work"]:
            assert row["agreement"].endswith("100 % of strengths")


def test_every_fit_says_how_far_it_agrees(rows: Rows) -> None:
    for row in of(rows, "fits", "scikit-learn") + of(rows, "networks", "one by one"):
        assert "of decisions" in row["agreement"] or "mean accuracy" in row["agreement"]


def test_every_pass_gives_the_same_features(rows: Rows) -> None:
    for who in ("ours, 4 poolers", "ours, one", "the original", "one plain"):
        row = of(rows, "pass", who)[0]
        assert float(row["agreement"].removeprefix("features within ")) < 1e-3
    assert len(of(rows, "pass", "floor")) == 2


def test_memory_is_told_for_both_ways(rows: Rows) -> None:
    assert len(of(rows, "memory", "ours")) == len(of(rows, "memory", "the original's way")) == 1


def test_a_second_run_makes_no_pass_and_has_the_same_scores(rows: Rows) -> None:
    [second] = of(rows, "cache", "second run")
    assert second["agreement"] == "scores equal to those with an empty cache"
    assert second["note"].startswith("no forward pass")
    [first] = of(rows, "cache", "first run")
    assert "tokens run" in first["note"]


def test_activations_part_more_with_every_layer() -> None:
    shape = Shape(400, 24, 4, 4, 3)
    features, targets = activations(shape)
    assert features.shape == (4, 400, 24) and features.dtype == np.float32
    assert np.bincount(targets).tolist() == [134, 133, 133]
    fits = our_fits(block_of(features, targets, shape, scale="standard", device="cpu"), ["lda"])
    first, last = (
        np.mean([fit.accuracy for key, fit in fits.items() if key.layer == layer])
        for layer in (0, 3)
    )
    assert last > first
    again = activations(shape)[0]
    assert (again == features).all() and not (activations(shape, 1)[0] == features).all()


def test_agreement_tells_what_differs() -> None:
    truth = np.array([0, 1, 1, 0])
    left = Fitted.of(np.array([0.1, 0.9, 0.8, 0.4]), 0.5, truth, 1.0)
    right = Fitted.of(np.array([0.1, 0.9, 0.8, 0.6]), 0.5, truth, 10.0)
    words = agreement({Key(0, 0, "x"): left}, {Key(0, 0, "x"): right})
    assert words.startswith("75.00 % of decisions, scores within 0.6, accuracy within 25 points")
    assert words.endswith("0.00 % of strengths")
    assert agreement({Key(0, 0, "x"): left}, {Key(0, 1, "x"): left}) == "nothing in common"
    assert agreement({Key(0, 0, "x"): left}, {Key(0, 0, "x"): left}).startswith("100 %")


def test_the_floor_counts_products_and_traffic() -> None:
    A, B = torch.randn(30, 40), torch.randn(40, 50)
    product = tallied(lambda: A @ B)
    assert dict(product.flops) == {torch.float32: 2 * 30 * 40 * 50} and product.moved == 0
    scaled = tallied(lambda: A * 2)
    assert not scaled.flops and scaled.moved == 2 * 4 * 30 * 40
    square = (A @ A.T).double()
    solved = tallied(lambda: torch.linalg.eigh(square))
    assert solved.flops[torch.float64] == 9 * 30**3


def test_contenders_take_turns_and_a_broken_off_one_goes_once() -> None:
    order: list[str] = []

    def contender(name: str, share: float) -> Contender[None]:
        def go() -> Done[None]:
            order.append(name)
            return Done(None, 2.0 / share, share)

        return Contender(name, go)

    whole, part = in_turn([contender("a", 1.0), contender("b", 0.5)], 3)
    assert order == ["a", "b", "a", "a"]
    assert whole.seconds == [2.0] * 3 and part.seconds == [4.0]
    assert part.note == "extrapolated from 50 % of the work" and whole.note == ""


@pytest.fixture(scope="module")
def worker() -> Iterator[Workers]:
    workers = Workers(1, 1)
    yield workers
    workers.close()


def test_workers_break_off_at_the_limit(worker: Workers) -> None:
    assert worker.run(os.getenv, ["OMP_NUM_THREADS"] * 3, 60).result == ["1"] * 3
    done = worker.run(abs, list(range(20)), 0.0)
    assert done.share == 1 / 20 and len(done.result) == 1


def test_a_table_has_ratios_to_ours() -> None:
    rows = [Row("s", "w", "ours", (1.0, 2.0, 3.0)), Row("s", "w", "other", (8.0,), note="a|b")]
    rows.append(Row("s", "w", "peer", note="not installed"))
    table = "".join(tables(against(rows, "ours")))
    assert "| ours | 2 s | 1–3 | 1 × |" in table
    assert "| other | 8 s |  | 4 × |  | a/b |" in table
    assert "| peer |  |  |  |  | not installed |" in table


def test_an_unknown_subject_is_refused() -> None:
    command = [sys.executable, "-m", "benchmarks", "speed"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2 and "fits, pass, memory, cache" in done.stderr
