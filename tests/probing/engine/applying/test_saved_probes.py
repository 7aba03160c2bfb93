"""Probes are saved by a run, and give its scores again: alone, in a batch, on a plain model."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from transformers import AutoModel, AutoTokenizer, BertForMaskedLM

from probing import LMModel, Probe
from probing import spec as specs
from probing.engine.applying import ProbesTogether
from probing.engine.classifiers.heads.closed_forms import distances
from probing.engine.experiment import execute
from probing.errors import ModelError, ProbeError
from probing.events import ProbesSaved
from probing.logs import RunFolder, read_events
from probing.probes import find_probes, read_card, remove, saved_probes
from tests.support.real_runs import new_run, viewed
from tests.support.tiny_models import save_model

LAYER = 2
SPARSE = '{name = "SparseLogistic", C = 0.3}, {name = "KSparse", k = 4}'


@pytest.fixture(scope="module")
def run(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunFolder]:
    """A run that chose a layer and saved every probe that it could."""
    folder = tmp_path_factory.mktemp("saved")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PROBE_TUI_CACHE", str(folder / "cache"))
        changes = {
            "classifiers": SPARSE.join(('["LogisticRegression", "LDA", "KNN", ', "]")),
            "controls": '["majority"]',
            "select": '["layer"]',
            "save_probes": '"all"',
            "n_folds": "2",
        }
        patch.setattr(distances, "LARGEST", 100)  # bytes: the rows of KNN are too many
        made = new_run(base, folder / "logs", **changes)
        assert execute(made, specs.load(made.spec), made.path) == 0
        yield made


def texts_of(base: Path) -> tuple[list[str], np.ndarray]:
    rows = [json.loads(line) for line in (base / "cats.jsonl").read_text().splitlines()]
    return [row["text"] for row in rows], np.array([row["label"] for row in rows], dtype=int)


def probe_of(run: RunFolder, name: str = "LogisticRegression", layer: int = LAYER) -> Path:
    return run.probes / f"cats-tiny-mean-L{layer}-{name}.json"


def test_scores_are_those_of_scikit_learn_on_plain_hidden_states(run: RunFolder, base: Path):
    texts, labels = texts_of(base)
    model = AutoModel.from_pretrained(base / "tiny").eval()
    tokenizer = AutoTokenizer.from_pretrained(base / "tiny")
    features = []
    for text in texts:
        with torch.no_grad():
            output = model(**tokenizer(text, return_tensors="pt"), output_hidden_states=True)
        features.append(output.hidden_states[LAYER][0].mean(0).numpy())
    X = np.stack(features).astype(np.float64)
    probe = Probe.load(probe_of(run))
    scaler = StandardScaler().fit(X)
    C = probe.card.classifier.chosen["C"]
    plain = LogisticRegression(C=C, tol=1e-10, max_iter=10_000)
    plain.fit(scaler.transform(X), labels)
    wanted = plain.decision_function(scaler.transform(X))
    scores = probe.scores(texts)
    assert np.abs(scores - wanted).max() < 1e-5 * np.abs(wanted).max()
    assert np.abs(X @ probe.weights[0] + probe.bias[0] - scores).max() < 1e-5
    alone = np.concatenate([probe.scores([text]) for text in texts[:9]])
    assert np.abs(alone - scores[:9]).max() < 1e-5
    on_plain = Probe.load(probe_of(run), model, tokenizer).scores(texts)
    assert np.abs(on_plain - scores).max() < 1e-5
    assert probe.norm == pytest.approx(np.linalg.norm(X, axis=1).mean(), rel=1e-5)
    assert probe.spread[0] == pytest.approx((X @ probe.direction).std(), rel=1e-5)
    assert np.linalg.norm(probe.direction) == pytest.approx(1)


def test_a_sparse_probe_has_weights_for_the_features_that_it_uses(
    run: RunFolder, base: Path
) -> None:
    texts, labels = texts_of(base)
    probe = Probe.load(probe_of(run, "SparseLogistic"))
    output = probe.model(texts)
    mask = output["attention_mask"][..., None]
    X = ((output["hidden_states"][LAYER] * mask).sum(1) / mask.sum(1)).double().numpy()
    scaler = StandardScaler().fit(X)
    plain = LogisticRegression(
        C=0.3, l1_ratio=1.0, solver="saga", tol=1e-9, max_iter=100_000, random_state=0
    ).fit(scaler.transform(X), labels)
    wanted = plain.coef_[0] / scaler.scale_
    assert set(np.flatnonzero(wanted)) == set(np.flatnonzero(probe.weights[0]))
    assert probe.weights[0] == pytest.approx(wanted, abs=1e-4 * np.abs(wanted).max())
    few = Probe.load(next(run.probes.glob(f"*L{LAYER}-KSparse*.json")))
    assert np.count_nonzero(few.weights) == 4


def test_many_probes_in_one_pass_say_what_each_says_alone(run: RunFolder, base: Path) -> None:
    texts, _ = texts_of(base)
    model = LMModel(str(base / "tiny"))
    paths = [
        probe_of(run, name, layer) for name in ("LDA", "LogisticRegression") for layer in (1, 3)
    ]
    probes = [Probe.load(path, model) for path in paths]
    together = ProbesTogether(probes, model).answers([*texts[:20], texts[3]])
    for probe, own in zip(probes, together, strict=True):
        assert np.abs(own.scores - probe.scores([*texts[:20], texts[3]])).max() < 1e-5
        assert own.scores[20] == own.scores[3]
        above = own.scores > probe.card.decision.threshold
        assert own.predictions == [probe.card.classes[int(one)] for one in above]
        odds = probe.card.decision.slope * own.scores + probe.card.decision.intercept
        assert own.probabilities == pytest.approx(1 / (1 + np.exp(-odds)))


def test_the_score_of_a_mean_is_the_mean_of_the_scores_of_its_tokens(
    run: RunFolder, base: Path
) -> None:
    texts, _ = texts_of(base)
    probe = Probe.load(probe_of(run))
    scores = probe.scores(texts[:5])
    told = probe.token_scores(texts[:5])
    means = [float(one.scores.mean()) for one in told]
    assert means == pytest.approx([float(one) for one in scores], rel=1e-5, abs=1e-5)
    assert told[0].tokens == ("[CLS]", *texts[0].split(), "[SEP]")


def test_cards_tell_the_scores_of_the_run_and_what_was_not_saved(run: RunFolder) -> None:
    state = viewed(run).state
    names = {one.name for one in saved_probes(run.path.parent) if not one.error}
    assert len(names) == 16 and not any("KNN" in name for name in names)
    (event,) = [
        one.event for one in read_events(run.events)[0] if isinstance(one.event, ProbesSaved)
    ]
    assert set(event.names) == names
    refused = [one for one in state.warnings if "KNN" in one.where]
    assert len(refused) == 4 and all("the probe is not saved" in one.message for one in refused)
    finals = {one.choice.final["cell"]: cell for cell, one in state.cells.items() if one.choice}
    cards = [read_card(path) for path in find_probes(run.path.parent, run.name)]
    for card in cards:
        scored = finals.get(card.cell, card.cell)
        assert card.score.cell == scored
        folds = [fold.metrics["accuracy"] for fold in state.cells[scored].folds]
        assert card.score.n_texts == sum(fold.n_test for fold in state.cells[scored].folds)
        assert card.score.metrics["accuracy"]["value"] == pytest.approx(np.mean(folds))
        assert card.score.controls["majority"]["accuracy"]["value"] is not None
        assert card.dataset.n_trained == 160 and card.decision.calibrated == "platt"
    assert any(card.score.cell != card.cell for card in cards)


def test_what_is_damaged_or_of_another_model_is_refused(
    run: RunFolder, base: Path, tmp_path: Path
) -> None:
    card, arrays = (probe_of(run).with_suffix(end) for end in (".json", ".safetensors"))
    shutil.copy(card, tmp_path)
    shutil.copy(arrays, tmp_path)
    copy = tmp_path / card.name
    data = bytearray((tmp_path / arrays.name).read_bytes())
    data[-1] ^= 1
    (tmp_path / arrays.name).write_bytes(data)
    with pytest.raises(ProbeError, match="SHA-256"):
        Probe.load(copy)
    copy.write_text(copy.read_text()[:-20])
    with pytest.raises(ProbeError, match="no card of a probe"):
        Probe.load(copy)
    remove(copy)
    assert not list(tmp_path.iterdir())
    with pytest.raises(ProbeError, match="did you mean"):
        find_probes(run.path.parent, "cats-tiny-mean-L9-LogisticRegression")
    torch.manual_seed(1)
    save_model(tmp_path / "other", "bert")
    other = AutoModel.from_pretrained(tmp_path / "other")
    with torch.no_grad():
        next(other.parameters()).add_(1)
    other.save_pretrained(tmp_path / "other")
    with pytest.raises(ProbeError, match="other weights"):
        Probe.load(probe_of(run), LMModel(str(tmp_path / "other")))
    moved = Probe.load(probe_of(run), LMModel(str(tmp_path / "other")), any_model=True)
    assert np.isfinite(moved.scores(["a red cat"])).all()
    save_model(tmp_path / "gpt2", "gpt2")
    with pytest.raises(ProbeError, match="bert model, and gpt2 is a gpt2"):
        Probe.load(probe_of(run), LMModel(str(tmp_path / "gpt2")))


def test_a_plain_model_with_a_head_is_read_and_left_as_it_is(run: RunFolder, base: Path) -> None:
    model = BertForMaskedLM.from_pretrained(base / "tiny")
    tokenizer = AutoTokenizer.from_pretrained(base / "tiny")
    model.train()
    with pytest.raises(ModelError, match="training mode"):
        Probe.load(probe_of(run), model, tokenizer)
    model.eval()
    before = {name: part.clone() for name, part in model.state_dict().items()}
    tokenizer.truncation_side = "left"  # not that of the probe, and left as it is
    texts = ["a red cat", "the mat " * 40 + "a cat"]
    scores = Probe.load(probe_of(run), model, tokenizer).scores(texts)
    assert np.abs(scores - Probe.load(probe_of(run)).scores(texts)).max() < 1e-5
    assert tokenizer.truncation_side == "left"
    after = model.state_dict()
    assert all(torch.equal(part, after[name]) for name, part in before.items())
    hooks = [one for part in model.modules() for one in part._forward_hooks.values()]
    assert not [one for one in hooks if one.__module__.startswith("probing")]
