"""What the closing report says of each series."""

from __future__ import annotations

from typing import Any

import polars as pl

from probing.logs.results.tables import result_schema
from tui.texts.facts.verdicts import verdicts


def _frame(*rows: dict[str, Any]) -> pl.DataFrame:
    base = {
        "run": "r", "dataset": "truth", "task": "binary", "model": "gpt2", "site": "resid",
        "pooler": "mean", "classifier": "LDA", "control": "",
    }  # fmt: skip
    return pl.DataFrame([base | row for row in rows], schema=result_schema())


def test_a_series_says_what_it_beats_and_which_layers_may_be_best() -> None:
    beats = "majority p=0.0005; bag_of_words p=0.34; shuffled_labels p=0.05 of at least 0.05"
    rows = [{"layer": at, "beats": beats, "accuracy_best": float(at > 1)} for at in range(4)]
    assert verdicts(_frame(*rows)) == [
        "beats majority (p < .001), shuffled labels (p .05); "
        "not shown to beat bag of words (p .34); best layers: 2, 3"
    ]


def test_too_few_permutations_are_told() -> None:
    beats = "shuffled_labels p=0.17 of at least 0.17"
    (line,) = verdicts(_frame({"layer": None, "beats": beats}))
    assert line == (
        "better than all 5 permutations of shuffled labels, too few for a test (p .17): "
        "set n_shuffles = 19 or more"
    )


def test_several_series_are_named_by_what_differs_and_controls_are_left_out() -> None:
    rows = [
        {"layer": at, "classifier": name, "beats": "chance p=0.01", "accuracy_best": 1.0}
        for name in ("LDA", "KNN")
        for at in (0, 1)
    ]
    rows.append({"layer": 0, "control": "majority", "beats": ""})
    assert verdicts(_frame(*rows)) == [
        f"{name}: beats chance (p .01); no layer can be told from the best"
        for name in ("LDA", "KNN")
    ]
    assert verdicts(_frame({"layer": 1, "beats": ""})) == []


def test_a_band_below_chance_is_told_first() -> None:
    highs = (0.19, 0.6, 0.0, None)
    rows = [
        {"layer": at, "beats": "bag_of_words p=0.01", "auroc_band_high": high}
        for at, high in enumerate(highs)
    ]
    assert verdicts(_frame(*rows)) == [
        "AUROC below chance at layers 0, 2: texts that belong together may stand in different "
        "folds; beats bag of words (p .01)"
    ]
