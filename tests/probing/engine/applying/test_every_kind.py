"""The saved probe of a fold gives the scores that the run logged for the texts of that fold."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from probing import LMModel, Probe
from probing import spec as specs
from probing.engine.applying import ProbesTogether
from probing.engine.experiment import execute
from probing.logs import RunFolder
from tests.support.real_runs import new_run, viewed

KINDS = (
    "LogisticRegression",
    "LDA",
    "Ridge",
    "LinearSVM",
    "MassMean",
    "PCALogistic",
    "NearestCentroid",
    "KNN",
    "QDA",
    "GaussianNB",
)


@pytest.fixture(scope="module")
def folder(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Datasets of two and of three classes, and of numbers."""
    folder = tmp_path_factory.mktemp("kinds")
    rows = [json.loads(line) for line in (base / "cats.jsonl").read_text().splitlines()]
    kinds = [
        {**row, "label": "cat" if row["label"] else "dog" if "dog" in row["text"] else "none"}
        for row in rows
    ]
    numbers = [{**row, "label": len(row["text"]) / 7} for row in rows]
    for name, content in (("two", rows), ("three", kinds), ("sizes", numbers)):
        (folder / f"{name}.jsonl").write_text("\n".join(map(json.dumps, content)))
    return folder


@pytest.fixture(scope="module")
def run(base: Path, folder: Path) -> Iterator[RunFolder]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PROBE_TUI_CACHE", str(folder / "cache"))
        changes = {
            "datasets": json.dumps([str(path) for path in sorted(folder.glob("*.jsonl"))]),
            "poolers": '[{pool = "mean", layer = 2}]',
            "classifiers": json.dumps(KINDS),
            "controls": "[]",
            "save_probes": '"all"',
            "save_fold_probes": "true",
            "n_folds": "2",
        }
        made = new_run(base, folder / "logs", **changes)
        assert execute(made, specs.load(made.spec), made.path) == 0
        yield made


@pytest.mark.parametrize("dataset", ["two", "three", "sizes"])
def test_scores_and_predictions_are_those_of_the_run(
    run: RunFolder, folder: Path, base: Path, dataset: str
) -> None:
    texts = [json.loads(line)["text"] for line in (folder / f"{dataset}.jsonl").open()]
    rows = pl.read_parquet(run.predictions).filter(dataset=dataset, fold=1)
    model = LMModel(str(base / "tiny"))
    paths = sorted(run.probes.glob(f"{dataset}-*-fold-1.json"))
    probes = [Probe.load(path, model) for path in paths]
    told = {one.where: one.message for one in viewed(run).state.warnings}
    n_lacking = sum(where.startswith(f"{dataset}-") for where in told)
    n_cells = len(set(rows["classifier"]))
    assert len(probes) == n_cells and not n_lacking
    together = ProbesTogether(probes, model).answers(texts)
    for probe, answers in zip(probes, together, strict=True):
        own = rows.filter(classifier=probe.card.classifier.name)
        at = own["text"].to_list()
        wanted = own["score"].to_numpy()
        assert answers.score[at] == pytest.approx(wanted, rel=1e-5, abs=1e-5), probe.card.name
        if dataset == "three":
            assert [answers.predictions[one] for one in at] == own["prediction"].to_list()
            shares = answers.probabilities
            assert shares is not None and (shares > 1 / 3).all() and (shares <= 1).all()
        if dataset == "three" and probe.card.kind == "linear":
            about = probe.weights - probe.weights.mean(axis=0)
            unit = about / np.linalg.norm(about, axis=1, keepdims=True)
            assert probe.direction == pytest.approx(unit, abs=1e-12)
        assert probe.card.fold == 1 and probe.card.dataset.n_trained == 80
