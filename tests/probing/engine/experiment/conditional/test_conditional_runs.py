"""Whole runs with `conditional_on`: results, no other number changed, resumed, counted, refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
import tomli_w

from probing import PoolToken, RunExperiments, evaluator, results
from probing import spec as specs
from probing.errors import SpecError
from probing.logs import RunFolder
from tests.support.broken_off import break_off_and_resume
from tests.support.real_runs import new_run, viewed
from tui.cli import main

METRIC = "conditional_v_information"
LOGISTIC = '[{name = "LogisticRegression", C = 0.1}]'
CONTROLS = '["majority", "shuffled_labels", "random_direction"]'


def rows(folder: RunFolder, control: str = "") -> pl.DataFrame:
    return results([viewed(folder)]).filter(pl.col("control") == control)


def test_layers_are_conditional_on_the_embedding_layer(run: Callable[..., RunFolder]) -> None:
    values = {"controls": CONTROLS, "n_shuffles": "1", "classifiers": '["LogisticRegression"]'}
    values |= {"poolers": '[{pool="mean", layer=0}, {pool="mean", layer=2}]', "n_folds": "2"}
    folder = run(**values, conditional_on="0")
    task = rows(folder)
    assert task[METRIC].null_count() == 0 and task["layer"].to_list() == [0, 2]
    assert abs(task[METRIC][0]) < 0.02
    assert task[f"{METRIC}_low"][0] < 0 < task[f"{METRIC}_high"][0]
    assert (task[f"{METRIC}_band_low"] <= task[f"{METRIC}_low"]).all()
    assert (task[METRIC] < task["v_information"].max()).all()
    for control in ("shuffled_labels", "random_direction"):
        own = rows(folder, control)
        assert own.height == 2 and own[METRIC].null_count() == 0
    assert rows(folder, "majority")[METRIC].null_count() == 1
    plain = results([viewed(run(**values))])
    own = [name for name in plain.columns if METRIC in name]
    assert plain[METRIC].is_null().all()
    apart = [*own, "run", "flags"]
    assert plain.drop(apart).equals(results([viewed(folder)]).drop(apart))


@pytest.mark.parametrize("baseline", ["bag_of_words", "length"])
def test_layers_are_conditional_on_texts(run: Callable[..., RunFolder], baseline: str) -> None:
    task = rows(run(classifiers=LOGISTIC, controls="[]", conditional_on=f'"{baseline}"'))
    assert task[METRIC].null_count() == 0
    # the label is a word: lengths say nothing of it, and words all
    gap = task["v_information"] - task[METRIC]
    assert (gap.abs() < 0.1).all() if baseline == "length" else (gap > 0.1).any()


def test_other_sites_and_reduced_layers_have_the_residual_stream_as_baseline(
    run: Callable[..., RunFolder],
) -> None:
    poolers = '[{pool="mean", site="mlp"}, {pool="last", layer="all", layer_method="mean"}]'
    task = rows(run(classifiers=LOGISTIC, controls="[]", poolers=poolers, conditional_on="0"))
    assert task.height == 4 and task[METRIC].null_count() == 0


def test_samples_that_the_baseline_lacks_are_told(run: Callable[..., RunFolder]) -> None:
    ends = 'pool="token", quantile=[0.0, 1.0], quantile_method="concat"'
    poolers = f'[{{{ends}, layer=[1, 2], layer_method="concat"}}, {{{ends}, layer=1}}]'
    folder = run(classifiers=LOGISTIC, controls="[]", poolers=poolers, conditional_on="0")
    reduced, alone = rows(folder).sort("layer", nulls_last=False).iter_rows(named=True)
    assert reduced[METRIC] is None and reduced["accuracy"] is not None
    assert alone[METRIC] is not None
    reasons = [
        cell.measured.reasons for cell in viewed(folder).state.cells.values() if cell.measured
    ]
    assert any("4 samples, but 2 of the baseline" in one.get(METRIC, "") for one in reasons)


def test_a_regression_and_what_has_no_probabilities_have_none(
    base: Path, run: Callable[..., RunFolder]
) -> None:
    data = f'["{base}/cats.jsonl", "{base}/sizes.jsonl"]'
    values = {"classifiers": '["LinearSVM", "Ridge"]', "poolers": '[{pool="mean", layer=2}]'}
    folder = run(datasets=data, controls="[]", conditional_on="1", **values)
    assert rows(folder)[METRIC].is_null().all()
    cells = [cell for cell in viewed(folder).state.cells.values() if cell.folds]
    told = [cell.measured.reasons.get(METRIC) for cell in cells if cell.measured]
    assert "the classifier gives no probabilities" in told


def test_a_resumed_run_has_the_same(
    run: Callable[..., RunFolder], base: Path, tmp_path: Path
) -> None:
    both = '[{name = "LogisticRegression", C = 0.1}, "LDA"]'
    values = {"classifiers": both, "controls": CONTROLS, "n_shuffles": "1", "n_folds": "2"}
    whole = run(**values, conditional_on="1")
    broken = new_run(base, tmp_path / "logs", **values, conditional_on="1")
    break_off_and_resume(broken, 4)
    tables = [results([viewed(one)]).drop("run") for one in (whole, broken)]
    assert tables[0].equals(tables[1])
    assert tables[0].filter(pl.col("control") == "")[METRIC].null_count() == 0


def test_the_library_takes_it(
    base: Path, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    where = [str(base / "cats.jsonl")], [PoolToken(layer=2)], ["LDA"], [str(base / "tiny")]
    one = RunExperiments(3, *where, evaluator, "cpu", conditional_on=0, audit=False).run_all()
    task = one.results.filter(pl.col("control") == "")
    assert task["layer"].to_list() == [2] and task[METRIC].null_count() == 0
    with pytest.raises(SpecError, match="has no layer 9"):
        RunExperiments(3, *where, evaluator, "cpu", conditional_on=9).run_all()


def test_the_cost_counts_its_fits(
    base: Path, tmp_path: Path, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = {
        "datasets": [str(base / "cats.jsonl")],
        "models": [str(base / "tiny")],
        "poolers": [{"pool": "mean", "layer": 2}, {"pool": "first"}],
        "classifiers": ["LogisticRegression", "LDA"],
        "controls": ["majority", "shuffled_labels", "random_direction"],
        "n_folds": 5,
        "audit": False,
    }
    file = tmp_path / "costs.toml"
    file.write_text(tomli_w.dumps(table))
    costs = {}
    for on in ('"none"', "0", '"length"'):
        sets = ["--set", f"conditional_on={on}"]
        assert main(["--batch", str(file), "--dry-run", "--json", *sets]) == 0
        costs[on] = json.loads(capsys.readouterr().out)["cost"]
    layers, poolers, classifiers, labellings = 5, 2, 2, 2
    joint = 5 * layers * classifiers * (labellings + 1)
    alone = 5 * poolers * classifiers * labellings
    plain = costs['"none"']
    for on in ("0", '"length"'):
        assert costs[on]["n_fits"] - plain["n_fits"] == joint + alone
        assert costs[on]["fits_s"] > plain["fits_s"]
    assert costs["0"]["n_pooled"] - plain["n_pooled"] == 1  # layer 0 of mean
    assert costs['"length"']["n_pooled"] == plain["n_pooled"]


@pytest.mark.parametrize("value", ["-1", "true", '"bag_of_word"', "1.5", '""'])
def test_what_is_no_baseline_is_refused(base: Path, tmp_path: Path, value: str) -> None:
    folder = new_run(base, tmp_path / "logs", conditional_on=value)
    with pytest.raises(SpecError, match="conditional_on"):
        specs.load(folder.spec)


def test_it_reads_back_as_it_was_written(base: Path, tmp_path: Path) -> None:
    for value, read in (("0", 0), ('"length"', "length"), ('"none"', "none")):
        spec = specs.load(new_run(base, tmp_path / "logs", conditional_on=value).spec)
        assert spec.conditional_on == read and specs.parse(specs.to_toml(spec)) == spec
