"""What the probes of a run chose is a table, and pairs and sparse probes run like any other."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl

from probing import spec as specs
from probing.engine.experiment import execute
from probing.engine.experiment.scoring.chosen_neurons import counted
from probing.logs.details.neurons import COUNTS, neurons
from probing.logs.results.closing_tables import changed_tables, read_table
from probing.logs.results.tables import results
from probing.plan import Cell
from tests.support.real_runs import new_run, viewed

CELL = Cell("d", "binary", "m", "resid", "mean", 1, "KSparse(k=2)", "")


def test_features_are_counted_over_the_folds() -> None:
    places = np.array([[4, 7], [7, 4], [4, 1]])
    scores = np.array([[0.9, 0.5], [0.8, 0.7], [0.6, 0.2]])
    rows = counted(CELL, places, scores).select(*COUNTS).rows()
    found = [(neuron, n, of, rank, round(score, 6)) for neuron, n, of, rank, score in rows]
    assert found == [(4, 3, 3, 4 / 3, 0.733333), (7, 2, 3, 1.5, 0.65), (1, 1, 3, 2.0, 0.2)]


def test_a_run_writes_the_features_that_its_probes_chose(
    base: Path, tmp_path: Path, cache: Path
) -> None:
    rows = [
        {"text": f"the {word} {at}", "label": word, "of": at, "form": at % 2 == (word == "cat")}
        for at in range(40)
        for word in ("cat", "dog")
    ]
    (base / "pairs.jsonl").write_text("\n".join(map(json.dumps, rows)))
    run = new_run(
        base,
        tmp_path / "logs",
        datasets=f'[{{path = "{base}/pairs.jsonl", pair = "of", half = "form"}}]',
        classifiers='[{name = "KSparse", k = [1, 3]}, {name = "CCS", n_epochs = 20}, '
        '"PairDifference", "CRCTPC", "PairMassMean", "LDA"]',
        controls='["majority", "shuffled_labels"]',
        n_shuffles="1",
        n_folds="3",
        poolers='[{pool = "mean", layer = 1}]',
    )
    assert execute(run, specs.load(run.spec), run.path) == 0
    view = viewed(run)
    assert changed_tables(view) == []
    table = read_table(view, run.neurons)
    assert set(table["control"]) == {"", "shuffled_labels"}
    per_cell = table.group_by("classifier", "control").agg(pl.col("n_chosen").sum())
    n_folds = table["n_folds"][0]
    for row in per_cell.to_dicts():
        assert row["n_chosen"] == n_folds * (3 if "k=3" in row["classifier"] else 1)
    assert neurons([view]).drop("run").equals(table.select(neurons([view]).columns[1:]))
    frame = results([view])
    assert sorted(frame["size"].drop_nulls().unique()) == [1, 3]
    pairs = frame.filter(pl.col("classifier").is_in(["CCS", "CRCTPC"]), control="")
    assert all("the sign is set by the training labels" in flags for flags in pairs["flags"])
    assert frame.filter(classifier="PairDifference", control="")["n_groups"].item() == 40


def test_a_run_without_such_probes_has_no_such_table(
    base: Path, tmp_path: Path, cache: Path
) -> None:
    one = {"classifiers": '["MassMean"]', "controls": "[]", "poolers": '[{pool="mean",layer=1}]'}
    run = new_run(base, tmp_path / "logs", **one)
    assert execute(run, specs.load(run.spec), run.path) == 0
    assert not run.neurons.exists() and neurons([viewed(run)]).is_empty()
