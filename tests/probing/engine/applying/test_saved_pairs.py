"""A saved probe of pairs says of two texts what the run said of them together."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from probing import LMModel, Probe
from probing import spec as specs
from probing.engine.experiment import execute
from probing.interventions.probe_directions import direction_of
from tests.support.real_runs import new_run
from tests.support.texts import make_texts


def test_the_difference_of_two_scores_is_the_score_of_the_pair(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROBE_TUI_CACHE", str(tmp_path / "cache"))
    rows = [
        {"text": f"{text} {end}", "label": end, "pair": at}
        for at, text in enumerate(make_texts(40, 5))
        for end in ("cat", "dog")
    ]
    (tmp_path / "pairs.jsonl").write_text("\n".join(map(json.dumps, rows)))
    run = new_run(
        base,
        tmp_path / "logs",
        datasets=f'[{{path = "{tmp_path}/pairs.jsonl", pair = "pair"}}]',
        poolers='[{pool = "mean", layer = 2}]',
        classifiers='["PairDifference", "PairMassMean"]',
        controls="[]",
        save_probes='"all"',
        save_fold_probes="true",
        n_folds="2",
    )
    assert execute(run, specs.load(run.spec), run.path) == 0
    model, texts = LMModel(str(base / "tiny")), [row["text"] for row in rows]
    table = pl.read_parquet(run.predictions.read_bytes()).filter(fold=1)
    for name in ("PairDifference", "PairMassMean"):
        (path,) = run.probes.glob(f"*-{name}-fold-1.json")
        probe = Probe.load(path, model)
        scores = probe.scores(texts)
        own = table.filter(classifier=name).sort("text")
        at = own["text"].to_numpy()
        partner = at + 1 - 2 * (at % 2)
        wanted = own["score"].to_numpy()
        assert scores[at] - scores[partner] == pytest.approx(wanted, rel=1e-5, abs=1e-5)
        assert probe.probabilities(texts) is None
        assert "compare its scores within a pair" in probe.card.classifier.flags[-1]
        assert np.isclose(np.linalg.norm(direction_of(path, probe.card).unit), 1)
