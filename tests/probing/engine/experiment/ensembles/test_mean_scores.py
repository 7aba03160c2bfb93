"""The mean over layers by hand, and as cells of a run that goes on where it was broken off."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.special import expit, logit

from probing import spec as specs
from probing.engine.blocks import Block, TextScores
from probing.engine.classifiers.builtin.lda import LDA
from probing.engine.experiment import execute
from probing.engine.experiment.ensembles.mean_scores import mean_log_odds, mean_of
from probing.engine.experiment.ensembles.members import Member
from probing.errors import CellError, SpecError
from probing.logs.results.tables import results
from tests.support.broken_off import break_off_and_resume
from tests.support.real_runs import new_run, viewed

RNG = np.random.default_rng(0)


def member(n_classes: int = 1, shares: bool = False, scale: float = 1.0) -> Member:
    def some(n: int) -> np.ndarray:
        scores = RNG.standard_normal((n, n_classes)) * scale
        if shares and n_classes > 1:
            odds = np.exp(scores)
            return logit(odds / odds.sum(1, keepdims=True))
        return scores[:, 0] if n_classes == 1 else scores

    texts = np.arange(6)
    return Member(some(5), TextScores(texts, some(6)), TextScores(texts, some(6)), shares, 7)


def test_probabilities_are_averaged_and_numbers_too() -> None:
    for n_classes, task in ((1, "binary"), (3, "multiclass")):
        members = [member(n_classes, shares=True) for _ in range(3)]
        found = mean_of(members, task)
        shares = np.mean([expit(one.test) for one in members], axis=0)
        np.testing.assert_allclose(found.probabilities, shares, atol=1e-12)
        np.testing.assert_allclose(expit(found.test), shares, atol=1e-12)
        assert found.held_out is not None and found.seen is not None
        kept = np.mean([expit(one.held_out.scores) for one in members if one.held_out], axis=0)
        np.testing.assert_allclose(expit(found.held_out.scores), kept, atol=1e-12)
    numbers = [member(), member()]
    np.testing.assert_allclose(
        mean_of(numbers, "regression").test, (numbers[0].test + numbers[1].test) / 2
    )
    far = mean_log_odds([np.array([900.0, 50.0]), np.array([800.0, 60.0])])
    assert np.isfinite(far).all() and far[0] == pytest.approx(800 + np.log(2))


def test_decision_values_count_in_units_of_what_their_fit_has_seen() -> None:
    large, small = member(scale=1e6), member()
    found = mean_of([large, small], "binary")
    assert found.probabilities is None and large.seen and small.seen
    units = [np.sqrt((one.seen.scores**2).mean()) for one in (large, small) if one.seen]
    np.testing.assert_allclose(found.test, (large.test / units[0] + small.test / units[1]) / 2)


def test_layers_of_different_texts_are_told() -> None:
    other = member()
    moved = Member(other.test, other.held_out, TextScores(np.arange(1, 7), other.test), False, 1)
    with pytest.raises(CellError, match="different texts"):
        mean_of([member(), moved], "binary")


@pytest.mark.parametrize("classifier", ["LDA", "MassMean"])
def test_an_ensemble_is_a_cell_of_its_own(
    base: Path, tmp_path: Path, cache: Path, classifier: str
) -> None:
    def done(run: Any) -> pl.DataFrame:
        assert execute(run, specs.load(run.spec), run.path) == 0
        return results([viewed(run)])

    asked = {"classifiers": f'["{classifier}"]', "controls": '["shuffled_labels"]'}
    run = new_run(base, tmp_path / "logs", ensemble='"mean"', **asked)
    frame = done(run)
    ensemble = frame.filter(pl.col("pooler") == "mean(layers=mean)")
    layers = frame.filter(pl.col("pooler") == "mean")
    assert set(ensemble["control"]) == {"", "shuffled_labels"} and ensemble["layer"].is_null().all()
    assert layers.height == 2 * layers["layer"].n_unique()
    assert ensemble["accuracy_low"].is_not_null().all()
    assert ensemble["auroc_band_low"].is_not_null().all()
    table = pl.read_parquet(run.predictions.read_bytes()).filter(control="")
    by_text = table.filter(pl.col("layer").is_not_null()).group_by("text", "fold")
    own = table.filter(pl.col("layer").is_null()).sort("text")
    if classifier == "LDA":
        expected = by_text.agg(pl.col("probability").mean()).sort("text")
        np.testing.assert_allclose(own["probability"], expected["probability"], atol=1e-9)
    plain = done(new_run(base, tmp_path / "logs", **asked))
    kept = ["layer", "control", "auroc", "accuracy", "accuracy_tuned"]
    assert plain.select(kept).equals(layers.select(kept))
    cell = next(one for one in viewed(run).state.cells.values() if one.folds[0].layer is None)
    assert cell.folds[0].chosen["n_layers"] == layers["layer"].n_unique()


def test_a_value_that_is_none_is_told() -> None:
    with pytest.raises(SpecError, match="ensemble"):
        specs.parse(
            'datasets=["a"]\nmodels=["b"]\npoolers=["mean"]\nclassifiers=["LDA"]\nensemble="max"'
        )


def test_a_run_that_was_broken_off_has_the_same_ensemble(
    base: Path, tmp_path: Path, cache: Path
) -> None:
    asked = {
        "classifiers": '[{name = "KSparse", k = 2}, {name = "MLP", max_epoch = 3}]',
        "controls": "[]",
        "poolers": '[{pool = "mean", layer = [1, 3]}]',
        "n_folds": "2",
        "ensemble": '"mean"',
        "training_log": "true",
    }
    whole = new_run(base, tmp_path / "logs", **asked)
    assert execute(whole, specs.load(whole.spec), whole.path) == 0
    n_blocks = len(viewed(whole).state.blocks)
    for at in (2, n_blocks):  # between layers, and before the last ensemble
        broken = new_run(base, tmp_path / "logs", **asked)
        break_off_and_resume(broken, at)
        first, again = (results([viewed(run)]).drop("run") for run in (whole, broken))
        assert first.equals(again)
        for name in ("neurons", "training"):
            tables = [pl.read_parquet(getattr(run, name).read_bytes()) for run in (whole, broken)]
            assert tables[0].equals(tables[1])


def test_an_ensemble_of_a_layer_that_failed_fails_with_its_reason(
    base: Path, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fit = LDA.fit

    def broken(self: LDA, block: Block) -> Any:
        if block.name == (1,):
            raise ValueError("no such luck")
        return fit(self, block)

    monkeypatch.setattr(LDA, "fit", broken)
    run = new_run(base, tmp_path / "logs", ensemble='"mean"', controls="[]")
    assert execute(run, specs.load(run.spec), run.path) == 5
    failed = [one.failure for one in viewed(run).state.cells.values() if one.failure]
    assert len(failed) == 2 and any(one.startswith("layer 1: ") for one in failed), failed
    assert all("no such luck" in one for one in failed)
