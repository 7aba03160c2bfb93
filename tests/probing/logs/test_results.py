"""Results out of events: pooled metrics, means over folds, and the folds that are defined."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from probing.events import BlockDone, CellPooled, Event, Logged, from_line, to_line
from probing.intervals import summarise
from probing.logs import RunFolder, RunView
from probing.logs.results.tables import folds, result_schema, results
from tests.support.fold_events import fold


def view(*events: Event) -> RunView:
    """A run with these events, each written and read back."""
    made = RunView(RunFolder(Path("somewhere/run")))
    lines = [to_line(Logged(at, 0.0, event)) for at, event in enumerate(events)]
    made.state.take([one for line in lines if (one := from_line(line)) is not None])
    return made


def scored(at: int, permutation: int = 0, attempt: int = 0, **metrics: float | None) -> Event:
    return fold(fold=at, permutation=permutation, attempt=attempt, metrics=metrics)


def pool(permutation: int = 0, attempt: int = 0, **parts: Any) -> CellPooled:
    n_folds = len(next(iter(parts.values())))
    return CellPooled("c", attempt, permutation, tuple(range(n_folds)), parts)


def done(attempt: int = 0) -> BlockDone:
    return BlockDone(0, attempt, ("c",), "0.safetensors", "", 1.0)


def row(*events: Event, partial: bool = False) -> dict[str, Any]:
    return results([view(*events)], partial).row(0, named=True)


THREE = [scored(at, accuracy=0.7 + at / 10, f1=0.5 + at / 10) for at in range(3)]


def test_a_pooled_metric_is_the_mean_of_its_parts_and_the_others_of_the_folds() -> None:
    parts = [0.2, 0.5, 0.35]
    got = row(*THREE, pool(f1=parts), done())
    wanted = summarise(parts, n_train=80, n_test=10, metric="f1")
    assert got["f1"] == pytest.approx(0.35)
    assert (got["f1_std"], got["f1_low"], got["f1_high"]) == (wanted.std, wanted.low, wanted.high)
    assert got["accuracy"] == pytest.approx(0.8)
    assert list(got) == list(result_schema())


def test_a_cell_under_way_and_one_without_pools_have_means_over_folds() -> None:
    assert row(*THREE, partial=True)["f1"] == pytest.approx(0.6)
    assert row(*THREE, done())["f1"] == pytest.approx(0.6)


def test_each_permutation_is_pooled_by_itself() -> None:
    events = [scored(at, permutation, f1=0.1) for permutation in range(3) for at in range(2)]
    pools = [pool(permutation, f1=[0.4, 0.4 + permutation / 10]) for permutation in range(3)]
    got = row(*events, *pools, done())
    wanted = summarise([0.4, 0.45, 0.5], n_train=80, n_test=10, permutations=[0, 1, 2])
    assert (got["f1"], got["f1_low"], got["f1_high"]) == pytest.approx(
        (wanted.mean, wanted.low, wanted.high)
    )


def test_the_pool_of_an_attempt_that_broke_off_gives_way() -> None:
    again = [scored(at, attempt=1, f1=0.9) for at in range(3)]
    first = [*THREE, pool(f1=[0.1, 0.2, 0.3])]
    assert row(*first, *again, done(1))["f1"] == pytest.approx(0.9)
    second = pool(attempt=1, f1=[0.6, 0.7, 0.8])
    assert row(*first, *again, second, done(1))["f1"] == pytest.approx(0.7)


def test_a_value_that_stands_alone_has_no_interval() -> None:
    got = row(*THREE, pool(f1=[0.6, None, None]), done())
    assert got["f1"] == pytest.approx(0.6)
    assert got["f1_std"] is None and got["f1_low"] is None


def test_n_folds_counts_the_folds_that_are_defined() -> None:
    events = [
        scored(0, accuracy=0.5, auroc=0.6, f1=None),
        scored(1, accuracy=0.6, auroc=None, f1=None),
        scored(2, accuracy=0.7, auroc=0.8, f1=0.5),
    ]
    got = row(*events, pool(f1=[0.4, 0.5, 0.6]), done())
    assert got["n_folds"] == 2 and got["flags"] == "only 2 of 3 folds have auroc"
    assert got["accuracy"] == pytest.approx(0.6) and got["auroc"] == pytest.approx(0.7)
    assert row(*THREE, done())["n_folds"] == 3
    whole = [scored(at, permutation, accuracy=0.5) for permutation in range(2) for at in range(4)]
    assert row(*whole, done())["n_folds"] == 4
    lacking = [*whole[:-1], scored(3, 1, accuracy=None)]
    assert row(*lacking, done())["n_folds"] == 3


def test_the_table_of_folds_holds_what_the_pooled_values_come_from() -> None:
    frame = folds([view(*THREE, pool(f1=[0.2, 0.5, 0.35]), done())])
    assert frame["f1_pooled"].to_list() == [0.2, 0.5, 0.35]
    assert frame["f1"].to_list() == pytest.approx([0.5, 0.6, 0.7])
    assert frame["r2_pooled"].null_count() == 3
    assert frame.select(pl.col("f1_pooled").mean()).item() == pytest.approx(
        np.mean([0.2, 0.5, 0.35])
    )
