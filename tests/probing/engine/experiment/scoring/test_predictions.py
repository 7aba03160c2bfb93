"""The table of out-of-fold predictions."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from probing.engine.classifiers.builtin import bayesian_logistic
from probing.engine.solvers.bayesian.nuts import Sampled
from probing.logs import RunFolder, RunView
from probing.logs.results.tables import results
from probing.predictions.cell import predicted
from probing.predictions.roc import rocs


def drawn_at_once(X: np.ndarray, *_: object) -> Sampled:
    """Draws of weights that no sampler makes: to compile one takes seconds."""
    rng, n = np.random.default_rng(0), 40
    weights, intercepts = rng.standard_normal((n, X.shape[1], 1)), rng.standard_normal((n, 1))
    return Sampled(weights, intercepts, 1.0, 1.0, 400.0, 0)


def test_bounds_of_probabilities_are_those_of_a_classifier_that_samples(
    run: Callable[..., RunFolder], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bayesian_logistic, "sampled", drawn_at_once)
    entry = '[{name="BayesianLogistic", n_components=2, n_chains=1, n_warmup=9, n_draws=4}, "LDA"]'
    made = run(classifiers=entry, poolers="[{layer=1}]", controls="[]", n_folds="2")
    table = pl.read_parquet(made.predictions)
    drawn = table.filter(pl.col("classifier") == "BayesianLogistic")
    assert len(drawn) and drawn["probability_low"].null_count() == 0
    inside = pl.col("probability").is_between("probability_low", "probability_high")
    assert drawn.select(inside.mean()).item() > 0.8
    assert table.filter(pl.col("classifier") == "LDA")["probability_low"].is_null().all()


def test_the_scores_of_all_classes_are_kept_of_the_task_alone(
    run: Callable[..., RunFolder], base: Path, tmp_path: Path
) -> None:
    rows = map(json.loads, (base / "sizes.jsonl").read_text().splitlines())
    sized = [{**row, "label": ("short", "some", "long")[int(row["label"] // 2.2)]} for row in rows]
    path = tmp_path / "classes.jsonl"
    path.write_text("\n".join(map(json.dumps, sized)))
    both = f'["{path}", "{base}/cats.jsonl"]'
    made = run(datasets=both, poolers="[{layer=1}]", controls='["shuffled_labels"]', n_folds="2")
    table = pl.read_parquet(made.predictions)
    kept = table.filter(pl.col("class_scores").is_not_null())
    assert kept.select("dataset", "control").unique().rows() == [("classes", "")]
    scores = np.array(kept["class_scores"].to_list())
    assert kept["classes"][0].to_list() == ["long", "short", "some"] == sorted({*kept["target"]})
    assert scores.max(axis=1) == pytest.approx(kept["score"].to_numpy(), abs=1e-5)
    view = RunView(made)
    view.skim()
    row = results([view]).filter(dataset="classes", control="").row(0, named=True)
    areas = [one.area[0] for one in rocs(predicted(view, row)).values()]
    assert np.mean([area for area in areas if area is not None]) == pytest.approx(row["auroc"])
    row = results([view]).filter(dataset="cats", control="").row(0, named=True)
    assert predicted(view, row).scored_classes == ()
