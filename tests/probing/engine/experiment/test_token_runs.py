"""Whole runs of probes that look at every token: the pass, the cache, resuming, what is skipped."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from probing import Probe, results
from probing import spec as specs
from probing.activations import ActivationCache
from probing.engine.applying import ProbesTogether
from probing.engine.blocks import FoldFit
from probing.engine.experiment import execute
from probing.engine.experiment.saved_probes import stage
from probing.engine.experiment.saved_probes.fitted_probe import token_probe
from probing.engine.extraction import StagedTokens, Staging, extract
from probing.engine.models import LMModel
from probing.errors import CellError, ProbeError, SpecError
from probing.logs import RunFolder
from probing.spec import ModelSpec, PoolerSpec
from tests.support.broken_off import break_off_and_resume
from tests.support.real_runs import new_run, passes, viewed

TEXTS = ["the cat sat on the mat", "a dog", "it ran in the big red house", "a dog", "the cat"]
CHANGES = {
    "poolers": '[{pool="tokens", layer=1}, {pool="tokens", layer=3, specials="drop"}, "mean"]',
    "classifiers": '[{name="AttentionProbe", max_epoch=3}, "LDA"]',
    "controls": '["majority", "shuffled_labels", "random_direction", "control_task", "length"]',
    "n_folds": "3",
    "n_shuffles": "1",
}


def made(folder: Path, **changes: str) -> RunFolder:
    data = f'["{folder}/cats.jsonl"]'
    return new_run(folder, folder / "logs", datasets=data, **{**CHANGES, **changes})


@pytest.fixture(scope="module")
def run(folder: Path) -> RunFolder:
    run = made(folder)
    assert execute(run, specs.load(run.spec), run.path) == 0
    return run


@pytest.fixture(scope="module")
def frame(run: RunFolder) -> pl.DataFrame:
    return results([viewed(run)])


@pytest.mark.parametrize("specials", ["keep", "drop"])
@pytest.mark.parametrize("budget", [8, 1000])
def test_tokens_are_the_hidden_states_of_each_text(
    folder: Path, tmp_path: Path, specials: str, budget: int
) -> None:
    model = LMModel.from_spec(ModelSpec(str(folder / "tiny")))
    spec = PoolerSpec(pool="tokens", layer="each", specials=specials)
    staging = Staging([tmp_path])
    extract(model, TEXTS, [spec, PoolerSpec(pool="mean")], sink=staging, token_budget=budget)
    cells = [cell for cell in staging.cells if cell[0] == spec]
    assert len(cells) == model.n_layers + 1
    for cell in cells:
        rows = staging.rows(cell)
        assert isinstance(rows, StagedTokens)
        pieces = np.split(np.concatenate(list(rows.pieces())), np.cumsum(rows.lengths)[:-1])
        assert rows.nbytes == sum(piece.nbytes for piece in pieces)
        for text, found in zip(TEXTS, pieces, strict=True):
            states = model([text]).hidden_states[cell[1]][0].detach().numpy()
            expected = states if specials == "keep" else states[1:-1]
            np.testing.assert_allclose(found, expected, atol=1e-5)
        assert len(rows.region) == sum(len(pieces[at]) for at in (0, 1, 2, 4))


def test_without_a_sink_they_are_refused(folder: Path) -> None:
    model = LMModel.from_spec(ModelSpec(str(folder / "tiny")))
    with pytest.raises(SpecError, match="streamed into a sink"):
        extract(model, TEXTS, [PoolerSpec(pool="tokens")])


def test_probes_of_tokens_stand_beside_those_of_vectors(
    run: RunFolder, frame: pl.DataFrame
) -> None:
    assert passes(run) == [(False, 0, 6)]
    own = frame.filter(classifier="AttentionProbe")
    told = own.filter(pl.col("pooler") != "").select("pooler", "layer", "control").rows()
    places = [("tokens", 1), ("tokens(specials=drop)", 3)]
    controls = ("", "shuffled_labels", "random_direction", "control_task")
    assert set(told) == {(*place, control) for place in places for control in controls}
    assert own.filter(control="random_direction")["auroc_low"].is_not_null().all()
    types = own.filter(control="control_task")
    assert types["auroc"].is_null().all()
    assert all("the pooler reads all tokens of a text" in flags for flags in types["flags"])
    assert set(own.filter(pooler="")["control"]) == {"majority"}
    task = own.filter(control="", layer=1)
    assert task["auroc_low"].is_not_null().all() and task["brier"].is_not_null().all()
    assert task["accuracy_tuned"].is_not_null().all() and task["n_train"][0] < 107
    lda = frame.filter(classifier="LDA", control="random_direction")
    assert set(lda["pooler"]) == {"mean"}
    notes = json.loads(run.plan.read_text())["notes"]
    assert "LDA is skipped on pool tokens: it reads one vector of a text" in notes
    assert "AttentionProbe is skipped on pool mean: it reads every token" in notes
    assert sum(note.startswith("length is skipped for AttentionProbe:") for note in notes) == 1


def test_a_second_run_reads_the_cache_and_one_that_lost_it_runs_the_model(
    run: RunFolder, frame: pl.DataFrame, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROBE_TUI_CACHE", str(folder / "cache"))
    again = made(folder)
    assert execute(again, specs.load(again.spec), again.path) == 0
    assert passes(again) == [(True, 6, 0)]
    assert results([viewed(again)]).drop("run").equals(frame.drop("run"))
    monkeypatch.setenv("PROBE_TUI_CACHE_GIB", "0")
    monkeypatch.setattr(ActivationCache, "write", lambda *_: False)
    without = made(folder)
    assert execute(without, specs.load(without.spec), without.path) == 0
    assert passes(without) == [(False, 0, 6)]
    found = results([viewed(without)]).drop("run")
    keys = [pl.col(name) for name in ("pooler", "layer", "classifier", "control", "auroc")]
    assert found.select(keys).equals(frame.select(keys))


def test_a_run_that_was_broken_off_ends_with_the_same_scores(
    folder: Path, frame: pl.DataFrame
) -> None:
    run = made(folder)
    break_off_and_resume(run, 4)
    assert results([viewed(run)]).drop("run").equals(frame.drop("run"))


def test_several_layers_are_no_tokens() -> None:
    with pytest.raises(SpecError, match="the tokens of one layer at a time"):
        PoolerSpec(pool="tokens", layer=[1, 2])


def test_tokens_of_a_span_are_those_of_its_words(folder: Path, tmp_path: Path) -> None:
    model = LMModel.from_spec(ModelSpec(str(folder / "tiny")))
    texts = ["the cat sat on the mat", "the cat sat on the mat", "a dog ran"]
    marked = [(4, 11), (0, 3), (2, 9)]  # "cat sat", "the", "dog ran"
    places = [slice(2, 4), slice(1, 2), slice(2, 4)]  # behind [CLS]
    spans = np.array(marked)[:, None]
    spec, staging = PoolerSpec(pool="tokens", layer=2), Staging([tmp_path])
    extract(model, texts, [spec], sink=staging, spans=spans)
    rows = staging.rows((spec, 0))
    assert isinstance(rows, StagedTokens)
    assert rows.lengths.tolist() == [2, 1, 2]
    pieces = np.split(np.concatenate(list(rows.pieces())), np.cumsum(rows.lengths)[:-1])
    for text, place, found in zip(texts, places, pieces, strict=True):
        states = model([text]).hidden_states[2][0].detach().numpy()
        np.testing.assert_allclose(found, states[place], atol=1e-5)
    with pytest.raises(CellError, match="2 spans have no tokens in one order"):
        extract(model, texts, [spec], sink=Staging([tmp_path]), spans=np.repeat(spans, 2, axis=1))


def test_a_saved_probe_of_tokens_says_what_its_fit_says(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fits: dict[str, tuple[np.ndarray, np.ndarray]] = {}

    def recorded(fit: FoldFit, classifier: Any, tokens: Any, tested: np.ndarray) -> Any:
        fits[type(classifier).__name__] = fit.test_scores, tested
        return token_probe(fit, classifier, tokens, tested)

    monkeypatch.setattr(stage, "token_probe", recorded)
    ema = '{name="TokenScores", by="ema", max_epoch=3}'
    fitted = made(
        folder,
        poolers='[{pool="tokens", layer=2, specials="drop"}]',
        classifiers=f'[{{name="AttentionProbe", max_epoch=3, heads=2}}, {ema}]',
        controls="[]",
        save_probes='"all"',
        save_fold_probes="true",
        n_folds="2",
    )
    assert execute(fitted, specs.load(fitted.spec), fitted.path) == 0
    texts = [json.loads(line)["text"] for line in (folder / "cats.jsonl").open()]
    model = LMModel.from_spec(ModelSpec(str(folder / "tiny")))
    probes = [Probe.load(path, model) for path in sorted(fitted.probes.glob("*.json"))]
    assert len(probes) == 2
    for probe, told in zip(probes, ProbesTogether(probes, model).answers(texts), strict=True):
        wanted, tested = fits[str(probe.card.classifier.entry["name"])]
        copied = np.unique(np.linspace(0, len(texts) - 1, len(tested)).astype(np.int64))
        assert told.scores[copied] == pytest.approx(wanted, rel=1e-5, abs=1e-5)
        assert probe.scores(texts[:3]) == pytest.approx(told.scores[:3], abs=1e-5)
        assert probe.card.kind == "tokens" and probe.norm > 0
        with pytest.raises(ProbeError, match="looks at all tokens of a text"):
            _ = probe.direction
        with pytest.raises(ProbeError, match="no scores of their own"):
            probe.token_scores(texts[:1])
