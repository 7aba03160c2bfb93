"""The runner as a process: whole runs, kills, cancels and failing cells, on a tiny model."""

import json
import signal
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import r2_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from probing import DatasetSpec, LMModel, PoolerSpec, datasets, results
from probing.engine.extraction import extract
from probing.logs import RunView
from tests.support.real_runs import (
    finish,
    new_run,
    scores,
    start,
    start_anew,
    viewed,
    wait_for,
)


def test_a_whole_run_leaves_every_file(base: Path, tmp_path: Path) -> None:
    run = new_run(base, tmp_path, datasets=f'["{base}/*.jsonl"]', classifiers='["LDA","Ridge"]')
    assert finish(run) == 0, run.log.read_text()
    view = viewed(run)
    assert view.status() == "done"
    frame = results([view])
    assert len(frame) == 3 * (4 * 2 + 1)
    assert set(frame["control"]) == {"", "majority", "shuffled_labels"}
    assert set(frame["task"]) == {"binary", "regression"}
    assert frame.filter(pl.col("task") == "binary")["accuracy"].null_count() == 0
    assert frame.filter(pl.col("task") == "regression")["accuracy"].null_count() == 4 * 2 + 1
    assert frame.filter(pl.col("control") != "majority")["n_params"].min() > 1000
    levels = frame.filter(control="majority")
    assert levels.select("dataset", "classifier").rows() == [
        ("cats", "LDA"), ("cats", "Ridge"), ("sizes", "Ridge")
    ]  # fmt: skip
    assert set(levels.select("model", "site", "pooler", "layer").rows()) == {("", "", "", None)}
    folds = pl.read_parquet(run.scores)
    assert (folds["n_train"] + folds["n_val"] + folds["n_test"] == 160).all()
    predictions = pl.read_parquet(run.predictions)
    one = predictions.filter(layer=2, control="", classifier="LDA")
    assert sorted(one["text"]) == list(range(160))
    assert set(one["prediction"]) <= {"true", "false"}
    accuracy = frame.filter(layer=2, control="", classifier="LDA", dataset="cats")["accuracy"][0]
    hits = (one["prediction"] == one["target"]).cast(pl.Float64)
    by_fold = one.with_columns(hit=hits).group_by("fold").agg(pl.col("hit").mean())["hit"].mean()
    assert by_fold == pytest.approx(accuracy)


def test_means_are_those_of_scikit_learn_on_the_same_folds(base: Path, tmp_path: Path) -> None:
    run = new_run(
        base,
        tmp_path,
        datasets=f'["{base}/*.jsonl"]',
        classifiers='["LDA",{name="LogisticRegression",C=0.5},{name="Ridge",alpha=2.0}]',
        controls="[]",
    )
    assert finish(run) == 0, run.log.read_text()
    frame = results([viewed(run)])
    plan = json.loads(run.plan.read_text())
    model = LMModel(str(base / "tiny"))
    pooler = PoolerSpec(pool="mean")
    oracles = {
        ("LDA", "cats"): LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto"),
        ("LogisticRegression", "cats"): LogisticRegression(C=0.5, tol=1e-8, max_iter=10000),
        ("Ridge", "sizes"): Ridge(alpha=2.0),
    }
    for (name, dataset), oracle in oracles.items():
        path = base / f"{dataset}.jsonl"
        data = datasets.load(DatasetSpec(str(path)), path)
        features = extract(model, data.texts, [pooler]).features[pooler]
        for layer in range(4):
            X, y = features[layer, :, 0].double().numpy(), data.targets
            predicted = np.empty(len(y))
            values = []
            for fold in plan["folds"][dataset]["task"]:
                test = np.array(fold["test"])
                train = np.setdiff1d(np.arange(len(y)), test)  # none of these stops early
                fitted = make_pipeline(StandardScaler(), oracle).fit(X[train], y[train])
                predicted[test] = fitted.predict(X[test])
                values.append(fitted.score(X[test], y[test]))
            metric = "r2" if dataset == "sizes" else "accuracy"
            expected = r2_score(y, predicted) if metric == "r2" else np.mean(values)
            ours = frame.filter(
                (pl.col("dataset") == dataset)
                & pl.col("classifier").str.starts_with(name)
                & (pl.col("layer") == layer)
            )
            assert ours[metric][0] == pytest.approx(expected, abs=1e-4), (name, layer)


def test_a_killed_run_resumes_to_the_scores_of_an_undisturbed_one(
    base: Path, tmp_path: Path
) -> None:
    slow = {"classifiers": f'["{base}/plugin.py:Slow","LDA"]', "controls": '["shuffled_labels"]'}
    slow["n_shuffles"] = "1"
    whole, killed = new_run(base, tmp_path, **slow), new_run(base, tmp_path, **slow)
    assert finish(whole) == 0, whole.log.read_text()
    process = start(killed)
    view = RunView(killed)

    def two_blocks_done() -> bool:
        view.update()
        return len(view.state.blocks) >= 2

    wait_for(two_blocks_done)
    process.send_signal(signal.SIGKILL)
    process.wait()
    with killed.events.open("ab") as file:
        file.write(b'{"seq":999,"torn')
    view = viewed(killed)
    assert view.status() == "killed"
    done_before = view.state.n_done
    assert 0 < done_before < view.state.n_cells
    assert finish(killed, start_anew) == 0, killed.log.read_text()
    assert viewed(killed).state.n_attempts == 2
    assert scores(killed).equals(scores(whole))
    assert pl.read_parquet(killed.predictions).equals(pl.read_parquet(whole.predictions))


def test_a_cancelled_run_says_so_and_can_go_on(base: Path, tmp_path: Path) -> None:
    run = new_run(base, tmp_path, classifiers=f'["{base}/plugin.py:Slow"]', controls="[]")
    process = start(run)
    view = RunView(run)

    def folds_landed() -> bool:
        view.update()
        return any(cell.folds for cell in view.state.cells.values())

    wait_for(folds_landed)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 130
    assert viewed(run).status() == "cancelled"
    assert finish(run) == 0
    assert viewed(run).status() == "done"


def test_a_failing_cell_is_recorded_and_the_rest_goes_on(base: Path, tmp_path: Path) -> None:
    run = new_run(base, tmp_path, classifiers=f'["{base}/plugin.py:Broken","LDA"]')
    assert finish(run) == 5
    view = viewed(run)
    assert view.status() == "done"
    assert view.state.n_done == 4 * 2 + 2
    assert all("no such luck" in reason for reason in view.state.failures.values())
    assert len(view.state.failures) == 4 * 2


def test_a_class_smaller_than_the_folds_fails_its_cells_only(base: Path, tmp_path: Path) -> None:
    texts = [f"the cat sat {'very ' * at}" for at in range(30)]
    rows = [{"text": text, "label": "a" if at else "b"} for at, text in enumerate(texts)]
    (tmp_path / "rare.jsonl").write_text("\n".join(map(json.dumps, rows)))
    both = f'["{tmp_path}/rare.jsonl","{base}/cats.jsonl"]'
    run = new_run(base, tmp_path / "logs", datasets=both)
    assert finish(run) == 5
    failures = viewed(run).state.failures
    assert len(failures) == 4 * 2 + 1
    assert all("('b') has 1 text" in reason for reason in failures.values())


def test_a_finished_run_returns_its_code_and_a_running_one_is_not_run_twice(
    base: Path, tmp_path: Path
) -> None:
    run = new_run(base, tmp_path, controls="[]", poolers='[{pool="mean",layer=1}]')
    first = start(run)
    wait_for(run.is_alive)
    first.send_signal(signal.SIGSTOP)
    assert start(run).wait() == 1
    first.send_signal(signal.SIGCONT)
    assert first.wait(timeout=120) == 0
    before = run.events.read_bytes()
    assert finish(run) == 0
    assert run.events.read_bytes() == before


def test_a_run_whose_data_changed_is_not_resumed(base: Path, tmp_path: Path) -> None:
    data = tmp_path / "own.jsonl"
    data.write_text((base / "cats.jsonl").read_text())
    run = new_run(base, tmp_path / "logs", datasets=f'["{data}"]')
    process = start(run)
    wait_for(run.plan.exists)
    process.kill()
    process.wait()
    data.write_text("\n".join(data.read_text().splitlines()[:-10]))
    assert finish(run) == 1
    end = viewed(run).state.end
    assert "data has changed" in str(end)


def test_one_seed_gives_the_same_numbers(base: Path, tmp_path: Path) -> None:
    values = {"classifiers": '["LogisticRegression"]', "n_shuffles": "1"}
    values["poolers"] = '[{pool="mean", layer=2}]'
    runs = [new_run(base, tmp_path, **values) for _ in range(2)]
    assert [finish(runs[0]), finish(runs[1], start_anew)] == [0, 0]
    assert scores(runs[0]).equals(scores(runs[1]))
    other = new_run(base, tmp_path, **values, seed="7")
    finish(other)
    assert not scores(other).equals(scores(runs[0]))


def test_wrong_specs_end_with_their_code(base: Path, tmp_path: Path) -> None:
    cases = {
        "classifiers": ('["NoSuch"]', 2),
        "models": (f'["{base}/nothing"]', 3),
        "datasets": (f'["{base}/nothing.csv"]', 3),
        "device": ('"cuda:9"', 2),
        "poolers": "[{layer=77}]",
    }
    for key, case in cases.items():
        value, code = case if isinstance(case, tuple) else (case, 2)
        run = new_run(base, tmp_path, **{key: value})
        assert finish(run) == code, key
        assert viewed(run).status() == "failed"
