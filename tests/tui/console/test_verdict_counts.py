"""Many series in a few lines: how many beat what, the best and the worst."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from probing.logs.results.tables import result_schema
from tui.console.reports.closing_report import _print_verdicts
from tui.console.reports.verdict_counts import verdict_counts
from tui.plot.comparisons.transfers import is_transferred, named_transfers

NAMES = "abcd"
HOME = {"a": (0.9, 0.8), "b": (0.6, 0.7), "c": (0.8, 0.8), "d": (0.6, 0.9)}  # of layers 1 and 2
SOURCES = {name: [name] for name in NAMES}


def score(trained: str, tested: str, layer: int) -> float:
    if trained == tested:
        return HOME[tested][layer - 1]
    return 0.5 + 0.1 * NAMES.index(tested) + 0.01 * NAMES.index(trained) - 0.2 * (layer - 1)


def row(trained: str, tested: str, layer: int, **changes: Any) -> dict[str, Any]:
    beaten = "p=0.01" if tested in "cd" else "p=0.4"
    least = "p=0.33 of at least 0.33" if tested != "a" else "p=1 of at least 0.33"
    return {
        "run": "r", "dataset": tested, "trained_on": "" if trained == tested else trained,
        "task": "binary", "model": "m", "site": "resid", "pooler": "mean", "classifier": "LDA",
        "control": "", "layer": layer, "auroc": score(trained, tested, layer),
        "beats": f"majority {beaten}; shuffled_labels {least}",
        "auroc_band_high": 0.4 if (trained, tested) == ("b", "a") else 0.95,
    } | changes  # fmt: skip


@pytest.fixture
def frame() -> pl.DataFrame:
    rows = [row(one, to, layer) for one in NAMES for to in NAMES for layer in (1, 2)]
    controls = [row(one, one, 1, control="majority", beats="") for one in NAMES]
    return pl.DataFrame(rows + controls, schema=result_schema())


def test_transfers_are_counted_and_told_at_the_layer_of_what_is_trained_on(
    frame: pl.DataFrame,
) -> None:
    moved = named_transfers(frame.filter(is_transferred()))
    assert verdict_counts(moved, frame, SOURCES) == [
        "12 transfers",
        "  beat: majority 6 of 12 · shuffled labels 0 of 12 "
        "(9 better than all 2 permutations: set n_shuffles = 19)",
        "  AUROC below chance: b → a",
        # the best layer of a and c is 1, of b and d 2
        "  highest AUROC: c → d .82 (layer 1), a → d .80 (layer 1), a → c .70 (layer 1)",
        "  lowest AUROC: b → a .31 (layer 2), d → a .33 (layer 2), d → b .43 (layer 2)",
    ]


def test_poolers_are_told_apart_and_none_is_told_twice(frame: pl.DataFrame) -> None:
    own = frame.filter(~is_transferred(), pl.col("dataset").is_in(["a", "b"]))
    both = pl.concat([own, own.with_columns(pooler=pl.lit("max"))])
    lines = verdict_counts(both, both, SOURCES)
    assert [line for line in lines if not line.startswith(" ")] == [
        "mean: 2 series",
        "max: 2 series",
    ]
    assert lines[2:4] == ["  highest AUROC: a .90 (layer 1)", "  lowest AUROC: b .70 (layer 2)"]


def test_many_poolers_of_one_dataset_are_a_group(frame: pl.DataFrame) -> None:
    own = frame.filter(~is_transferred(), dataset="a", control="")
    many = pl.concat(own.with_columns(pooler=pl.lit(name)) for name in ("mean", "max", "min"))
    lines = verdict_counts(many, many, SOURCES)
    assert lines[0] == "a: 3 series" and "beat: majority 0 of 3" in lines[1]
    assert lines[2] == "  highest AUROC: mean .90 (layer 1), max .90 (layer 1)"


def test_few_are_told_one_by_one(frame: pl.DataFrame, capsys: pytest.CaptureFixture[str]) -> None:
    more = frame.filter(is_transferred()).with_columns(pooler=pl.lit("max"))
    _print_verdicts(pl.concat([frame, more]), SOURCES)
    told = capsys.readouterr().out.split("\n\n")
    assert told[0].count("beat majority") == 2 and told[0].count("beats majority") == 2
    assert "mean: 12 transfers" in told[1] and "max: 12 transfers" in told[1]
    assert "--columns dataset,trained_on" in told[2]
