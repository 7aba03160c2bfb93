"""Whole runs that choose: against a plain loop with scikit-learn, and what must not move."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.stats import rankdata
from sklearn import metrics as sk
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from probing import LMModel, PoolerSpec, RunExperiments, datasets, evaluator, extract
from probing import spec as specs
from probing.engine.experiment import execute, execution, run_datasets
from probing.engine.experiment.description_length.code_fits import Codes
from probing.engine.experiment.learning_curves.part_fits import LearningCurves
from probing.engine.metrics import class_log_odds
from probing.engine.splits import Labelling, make_labellings
from probing.logs import RunFolder
from probing.logs.results.tables import folds, results
from probing.plan import look_up
from tests.support.broken_off import break_off_and_resume
from tests.support.real_runs import new_run, same, viewed

POOLERS = '[{pool="mean"}, {pool="max"}]'
SELECT = '["layer", "pooler", "classifier"]'
CLASSIFIERS = '["LDA", {name="Ridge", alpha=10.0}]'
Candidate = tuple[str, int, str]  # pooler, layer, classifier


def noisy(base: Path) -> Path:
    """Texts about cats, a fifth of them with the wrong label, and three classes of them."""
    rows = [json.loads(line) for line in (base / "cats.jsonl").read_text().splitlines()]
    for name, classes in (("noisy", 2), ("three", 3)):
        kept = []
        for at, row in enumerate(rows):
            label = int(row["label"]) + (classes == 3) * (len(row["text"]) > 25)
            kept.append({"text": row["text"], "label": f"c{(label + (at % 5 == 0)) % classes}"})
        (base / f"{name}.jsonl").write_text("\n".join(map(json.dumps, kept)))
    return base


def executed(base: Path, logs: Path, code: int = 0, **changes: str) -> RunFolder:
    data = f'["{noisy(base)}/noisy.jsonl"]'
    values = {"datasets": data, "poolers": POOLERS, "classifiers": CLASSIFIERS}
    values |= {"select": SELECT, "save_probes": '"none"'}
    folder = new_run(base, logs, **{**values, **changes})
    assert execute(folder, specs.load(folder.spec), folder.path) == code
    return folder


@pytest.fixture
def run(base: Path, tmp_path: Path, cache: Path) -> Callable[..., RunFolder]:
    return partial(executed, base, tmp_path / "logs")


@pytest.fixture(scope="module")
def whole(base: Path, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """The run that nothing is changed of, for all tests that only read it."""
    folder = tmp_path_factory.mktemp("whole")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(folder / "state"))
        patch.setenv("PROBE_TUI_CACHE", str(folder / "cache"))
        return executed(base, folder / "logs")


def auroc(is_positive: Any, scores: Any) -> float:
    """The share of pairs in order, by ranks: scikit-learn's takes longer than a fit."""
    n, n_positive = len(scores), is_positive.sum()
    above = rankdata(scores)[is_positive].sum() - n_positive * (n_positive + 1) / 2
    return float(above / (n_positive * (n - n_positive)))


class ByHand:
    """The features, folds and fits of a run, computed one at a time."""

    def __init__(self, run: RunFolder) -> None:
        spec = specs.load(run.spec)
        one = look_up(spec, run.path).passes[0].dataset
        self.data = datasets.load(one.spec, Path(one.facts.path), spec.seed, spec.n_class_folds)
        self.labellings = [one.whole for one in make_labellings(self.data, spec, one.name)]
        model = LMModel(spec.models[0].model, "cpu")
        poolers = [PoolerSpec(pool=pool, layer="each") for pool in ("mean", "max")]
        features = extract(model, list(self.data.texts), poolers).features
        self.layers: dict[tuple[str, int], Any] = {
            (pooler.pool, at): layer[:, 0].double().numpy()
            for pooler in poolers
            for at, layer in enumerate(features[pooler])
        }
        self.is_regression = self.data.task == "regression"

    def fitted(self, name: str, X: Any, y: Any) -> Any:
        if name == "LDA":
            probe: Any = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")
        else:
            probe = Ridge(alpha=10.0)
            y = y if self.is_regression else self.columns(y)
        return make_pipeline(StandardScaler(), probe).fit(X, y)

    def columns(self, y: Any) -> Any:
        return 2.0 * y - 1 if len(self.data.classes) == 2 else 2.0 * np.eye(3)[y] - 1

    def scores(self, name: str, probe: Any, X: Any) -> Any:
        scores = probe.decision_function(X) if name == "LDA" else probe.predict(X)
        return class_log_odds(scores) if name == "LDA" and scores.ndim > 1 else scores

    def score(self, true: Any, scores: Any) -> float:
        if self.is_regression:
            return float(sk.r2_score(true, scores))
        if scores.ndim == 1:
            return auroc(true == 1, scores)
        return float(np.mean([auroc(true == at, scores[:, at]) for at in range(3)]))

    def inner_scores(self, labelling: Labelling, fold: int, one: Candidate) -> float:
        pooler, layer, name = one
        X, train = self.layers[pooler, layer], labelling.folds[fold].train
        inner, targets = labelling.inner_of(fold), labelling.targets
        each, shape = [], (3,) if len(self.data.classes) == 3 else ()
        held = np.zeros((len(train), *shape))
        for number in np.unique(inner):
            kept, left = train[inner != number], train[inner == number]
            probe = self.fitted(name, X[kept], targets[kept])
            held[inner == number] = self.scores(name, probe, X[left])
            if not self.is_regression:
                each.append(self.score(targets[left], held[inner == number]))
        return self.score(targets[train], held) if self.is_regression else float(np.mean(each))

    def test_scores(self, labelling: Labelling, fold: int, one: Candidate) -> Any:
        pooler, layer, name = one
        X, part = self.layers[pooler, layer], labelling.folds[fold]
        probe = self.fitted(name, X[part.train], labelling.targets[part.train])
        return self.scores(name, probe, X[part.test])

    def chosen(self, names: tuple[str, ...]) -> dict[tuple[str, int, int], Candidate]:
        """The best candidate of every fold, of equal ones that of the lower layer."""
        every = [(p, layer, name) for p, layer in self.layers for name in names]
        found = {}
        for label in self.labellings:
            for fold in range(len(label.folds)):
                told = {one: round(self.inner_scores(label, fold, one), 9) for one in every}
                # ridge has as many parameters for two classes as LDA
                key = lambda one: (-told[one], one[1], every.index(one))  # noqa: B023, E731
                found[label.control, label.permutation, fold] = min(every, key=key)
        return found


def chosen_folds(run: RunFolder) -> list[Any]:
    view = viewed(run)
    return [
        fold
        for cell in view.state.cells.values()
        for fold in cell.folds
        if fold.selected and cell.done
    ]


@pytest.mark.parametrize("data", ["noisy", "three", "sizes"])
def test_the_choice_and_its_score_are_those_of_a_plain_loop(
    run: Callable[..., RunFolder], base: Path, data: str
) -> None:
    names = ("Ridge",) if data == "sizes" else ("LDA", "Ridge")
    n_folds = 4 if data == "sizes" else 2
    folder = run(datasets=f'["{base}/{data}.jsonl"]', n_shuffles="1", n_folds=str(n_folds))
    hand = ByHand(folder)
    wanted = hand.chosen(names)
    found = chosen_folds(folder)
    assert len(found) == len(wanted) == n_folds * 2
    for fold in found:
        pooler, layer, name = wanted[fold.control, fold.permutation, fold.fold]
        got = fold.selected
        classifier = got.get("classifier", "Ridge")
        assert (got["pooler"], int(got["layer"]), classifier) == (pooler, layer, name)
        assert fold.chosen["layer"] == layer and fold.layer is None
        label = next(
            one
            for one in hand.labellings
            if (one.control, one.permutation) == (fold.control, fold.permutation)
        )
        scores = hand.test_scores(label, fold.fold, (pooler, layer, name))
        true = label.targets[label.folds[fold.fold].test]
        metric = "r2" if data == "sizes" else "auroc"
        assert fold.metrics[metric] == pytest.approx(hand.score(true, scores), abs=1e-6)
    row = results([viewed(folder)]).filter(pl.col("pooler") == "chosen", pl.col("control") == "")
    if data != "sizes":
        mean = np.mean([one.metrics["auroc"] for one in found if not one.control])
        assert row["auroc"].item() == pytest.approx(mean)
    predicted = pl.read_parquet(folder.predictions).filter(
        pl.col("pooler") == "chosen", pl.col("control") == ""
    )
    assert sorted(predicted["text"]) == list(range(160))
    if data == "three":
        return  # there the table has the score of the class that was decided for
    by_fold = {
        at: hand.test_scores(hand.labellings[0], at, wanted["", 0, at]) for at in range(n_folds)
    }
    for at, scores in by_fold.items():
        got = predicted.filter(pl.col("fold") == at).sort("text")["score"]
        np.testing.assert_allclose(got, scores, atol=1e-5)


def test_a_row_is_complete(whole: RunFolder) -> None:
    view = viewed(whole)
    table = results([view])
    row = table.filter(pl.col("pooler") == "chosen", pl.col("control") == "").row(0, named=True)
    assert row["layer"] is None and row["classifier"] == "chosen" and row["site"] == "resid"
    assert row["auroc_low"] < row["auroc"] < row["auroc_high"]
    assert row["auroc_band_low"] <= row["auroc_low"]
    assert 0 < row["auroc_p_chance"] <= 1 and row["auroc_p_shuffled"] >= 1 / 3
    assert row["n_folds"] == 4 and row["n_groups"] == 160
    assert "chosen: layer " in row["flags"] and "final probe: layer " in row["flags"]
    n_chosen = table.filter(pl.col("pooler") == "chosen").height
    assert n_chosen == 2
    (majority,) = table.filter(
        pl.col("control") == "majority", pl.col("classifier") == "chosen"
    ).rows()
    assert majority
    per_fold = folds([view]).filter(pl.col("pooler") == "chosen", pl.col("control") == "")
    assert all("layer=" in one and "classifier=" in one for one in per_fold["chosen"])


def test_a_chosen_classifier_has_to_beat_the_best_of_the_controls(
    run: Callable[..., RunFolder],
) -> None:
    view = viewed(run(controls='["length"]'))
    table = results([view])
    best = table.filter(pl.col("control") == "length")["auroc"].max()
    (chosen,) = table.filter(pl.col("pooler") == "chosen").rows(named=True)
    (cell,) = (name for name, one in view.state.cells.items() if one.choice)
    p_value = view.state.series[cell].p_values["length"]["auroc"]
    assert (p_value < 0.5) == (chosen["auroc"] > best)


def test_the_final_probe_is_the_best_over_all_folds(whole: RunFolder) -> None:
    view = viewed(whole)
    table = results([view]).filter(pl.col("control") == "", pl.col("pooler") != "chosen")
    best = table.sort("auroc", "layer", descending=[True, False]).row(0, named=True)
    (choice,) = (one.choice for one in view.state.cells.values() if one.choice and one.choice.final)
    assert choice.final["layer"] == str(best["layer"])
    assert choice.final["pooler"] == best["pooler"]
    assert choice.final["classifier"] == best["classifier"]
    assert view.state.is_done(choice.final["cell"]) and choice.n_candidates == 16


def test_what_is_not_selected_has_a_row_each(run: Callable[..., RunFolder]) -> None:
    view = viewed(run(select='["layer"]', controls="[]"))
    table = results([view]).filter(pl.col("layer").is_null())
    assert table.select("pooler", "classifier").rows() == [
        ("max(layer=chosen)", "LDA"),
        ("max(layer=chosen)", "Ridge"),
        ("mean(layer=chosen)", "LDA"),
        ("mean(layer=chosen)", "Ridge"),
    ]
    view = viewed(run(select='["classifier", "pooler"]', controls="[]"))
    table = results([view]).filter(pl.col("pooler") == "chosen")
    assert table.select("layer", "classifier").rows() == [(at, "chosen") for at in range(4)]
    (flag,) = [one for one in table["flags"][0].split("; ") if one.startswith("chosen: ")]
    assert flag.startswith("chosen: pooler ") and " · classifier " in flag
    assert "layer" not in flag


def test_one_candidate_is_no_choice(run: Callable[..., RunFolder]) -> None:
    folder = run(poolers='[{pool="mean", layer=1}]', classifiers='["LDA"]', controls="[]")
    assert results([viewed(folder)]).height == 1
    plan = json.loads(folder.plan.read_text())
    note = "nothing to select among for mean LDA on noisy: there is one candidate"
    assert note in plan["notes"]


def test_the_test_part_has_no_say_in_the_choice(
    run: Callable[..., RunFolder], base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Labels of one test part turned about: its fold chooses as before, and the others do not."""
    before = {one.fold: one for one in chosen_folds(run(controls="[]"))}
    labellings = run_datasets.make_labellings

    def spoilt(*given: Any) -> Any:
        (task,) = labellings(*given)
        targets = task.targets.copy()
        targets[task.folds[0].test] = 1 - targets[task.folds[0].test]
        return (replace(task, targets=targets),)

    monkeypatch.setattr(run_datasets, "make_labellings", spoilt)
    after = {one.fold: one for one in chosen_folds(run(controls="[]"))}
    assert after[0].selected == before[0].selected and after[0].chosen == before[0].chosen
    assert after[0].metrics["accuracy"] == pytest.approx(1 - before[0].metrics["accuracy"])
    assert any(after[at].metrics != before[at].metrics for at in (1, 2, 3))


@pytest.mark.parametrize(
    ("broken", "key"),
    [(LearningCurves, {"learning_curve": "[0.5]"}), (Codes, {"description_length": "true"})],
)
def test_further_fits_that_break_cost_no_candidate_its_place(
    whole: RunFolder,
    run: Callable[..., RunFolder],
    monkeypatch: pytest.MonkeyPatch,
    broken: type,
    key: dict[str, str],
) -> None:
    def breaks(*_: Any) -> None:
        raise RuntimeError("no more")

    monkeypatch.setattr(broken, "_fit" if broken is LearningCurves else "of", breaks)
    assert same(whole, run(**key))


def test_a_resumed_run_chooses_the_same(
    whole: RunFolder, base: Path, tmp_path: Path, cache: Path
) -> None:
    values = {"datasets": f'["{base}/noisy.jsonl"]', "poolers": POOLERS, "select": SELECT}
    broken = new_run(base, tmp_path / "logs", classifiers=CLASSIFIERS, **values)
    break_off_and_resume(broken, 6)
    assert same(whole, broken)
    rows = [results([viewed(one)]).drop("run") for one in (whole, broken)]
    assert rows[0].equals(rows[1])
    assert results([viewed(broken)]).filter(pl.col("pooler") == "chosen").height == 2


def test_a_run_that_was_killed_before_it_chose_does(
    whole: RunFolder, base: Path, tmp_path: Path, cache: Path
) -> None:
    values = {"datasets": f'["{base}/noisy.jsonl"]', "poolers": POOLERS, "select": SELECT}
    broken = new_run(base, tmp_path / "logs", classifiers=CLASSIFIERS, **values)
    spec = specs.load(broken.spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(execution, "choose", _interrupt)
        with pytest.raises(KeyboardInterrupt):
            execute(broken, spec, broken.path)
    assert execute(broken, spec, broken.path) == 0
    assert same(whole, broken)


def _interrupt(*_: Any) -> None:
    raise KeyboardInterrupt


PLUGIN = """
import numpy as np
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.dummy import DummyClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.linear_model import LogisticRegression as Plain
from probing import MultiStepOpt, SingleStepOpt

class Bayes(SingleStepOpt):
    def __init__(self, input_size):
        super().__init__()
        self.classifier = GaussianNB()

class Fussy(SingleStepOpt):
    def __init__(self, input_size):
        super().__init__()
        self.classifier = LinearDiscriminantAnalysis()

    def fit(self, trainset, *args, **options):
        if len(trainset) > 90 and np.asarray(trainset.targets)[0] == 1:
            raise ValueError("no such luck")
        return super().fit(trainset, *args, **options)

class Weak(SingleStepOpt):
    def __init__(self, input_size):
        super().__init__()
        self.classifier = DummyClassifier(strategy="prior")

class Never(Fussy):
    def fit(self, trainset, *args, **options):
        raise ValueError("never")
"""


def test_classes_of_users_and_networks_are_candidates(
    run: Callable[..., RunFolder], tmp_path: Path
) -> None:
    (tmp_path / "own.py").write_text(PLUGIN)
    own = f'"{tmp_path}/own.py:Bayes", "{tmp_path}/own.py:Plain"'
    folder = run(
        classifiers=f'[{own}, {{name="SingleLayer", max_epoch=4}}, "LDA"]',
        poolers='[{pool="mean", layer=[0]}, {pool="mean", layer=2}]',
        select='["classifier"]',
        n_shuffles="1",
    )
    view = viewed(folder)
    choices = [one.choice for one in view.state.cells.values() if one.choice]
    assert [one.n_candidates for one in choices] == [4] * 4
    assert not any("left out" in flag for one in choices for flag in one.flags)


def test_a_candidate_that_fails_is_none_there(
    run: Callable[..., RunFolder], tmp_path: Path
) -> None:
    (tmp_path / "own.py").write_text(PLUGIN)
    folder = run(
        5,
        classifiers=f'["LDA", "{tmp_path}/own.py:Never"]',
        poolers='[{pool="mean"}]',
        controls="[]",
    )
    table = results([viewed(folder)])
    (row,) = table.filter(pl.col("classifier") == "chosen").iter_rows(named=True)
    assert "4 of 8 candidates left out in some folds (mean layer 0 Never: " in row["flags"]
    assert "never" in row["flags"] and row["n_folds"] == 4
    assert {one.selected["classifier"] for one in chosen_folds(folder)} == {"LDA"}


def test_a_candidate_that_fails_in_one_fold_stands_in_the_others(
    run: Callable[..., RunFolder], tmp_path: Path
) -> None:
    """Folds of a cell that has failed may be chosen: its failure is elsewhere."""
    (tmp_path / "own.py").write_text(PLUGIN)
    folder = run(
        5,
        classifiers=f'["{tmp_path}/own.py:Weak", "{tmp_path}/own.py:Fussy"]',
        poolers='[{pool="mean", layer=2}]',
        select='["classifier"]',
        controls="[]",
    )
    view = viewed(folder)
    failed = [one for one in view.state.cells.values() if one.failure]
    assert len(failed) == 1 and 0 < len(failed[0].folds) < 4
    stands = {fold.fold for fold in failed[0].folds}
    found = {one.fold: one.selected["classifier"] for one in chosen_folds(folder)}
    assert found == {at: "Fussy" if at in stands else "Weak" for at in range(4)}


def test_where_no_candidate_is_left_the_chosen_cell_fails(
    run: Callable[..., RunFolder], tmp_path: Path
) -> None:
    (tmp_path / "own.py").write_text(PLUGIN)
    folder = run(
        1, classifiers=f'["{tmp_path}/own.py:Never"]', poolers='[{pool="mean"}]', select='["layer"]'
    )
    (reason,) = [why for why in viewed(folder).state.failures.values() if "no candidate" in why][:1]
    assert reason.startswith("fold 0: no candidate can be chosen (fold 0: Never.fit")


def test_a_given_split_chooses_in_its_training_part(
    run: Callable[..., RunFolder], base: Path
) -> None:
    rows = [json.loads(line) for line in (noisy(base) / "noisy.jsonl").read_text().splitlines()]
    parts = [{**row, "split": "test" if at % 3 == 0 else "train"} for at, row in enumerate(rows)]
    (base / "parts.jsonl").write_text("\n".join(map(json.dumps, parts)))
    data = f'[{{path="{base}/parts.jsonl", split="split"}}]'
    view = viewed(run(datasets=data, split='"given"', n_shuffles="3"))
    row = results([view]).filter(pl.col("pooler") == "chosen", pl.col("control") == "")
    assert row["n_folds"].item() == 1 and row["auroc_low"].item() < row["auroc"].item()
    (choice,) = (one.choice for one in view.state.cells.values() if one.choice and one.choice.final)
    (fold,) = (one for one in chosen_folds(view.run) if not one.control)
    assert choice.final["cell"] == fold.selected["cell"]


def test_samples_of_unlike_candidates_are_chosen_among(run: Callable[..., RunFolder]) -> None:
    """A pooler with three samples a text beside one with a single sample."""
    several = '[{pool="mean", layer=[1, 2, 3], layer_method="concat"}, {pool="max", layer=1}]'
    view = viewed(run(poolers=several, controls='["shuffled_labels"]'))
    row = results([view]).filter(pl.col("pooler") == "chosen", pl.col("control") == "")
    assert row["n_texts"].item() == 160 and row["auroc_low"].item() is not None


def test_metrics_of_a_users_own(base: Path, tmp_path: Path, cache: Path) -> None:
    def own(predictions: object, classification: bool) -> dict[str, float]:
        return {"f1": float(evaluator(predictions, classification)["f1"]) / 2}  # type: ignore[arg-type]

    poolers = [PoolerSpec(pool="mean", layer="each")]
    data, models = [noisy(base) / "noisy.jsonl"], [str(base / "tiny")]
    options = {"logs_folder": tmp_path / "logs", "controls": ("shuffled_labels",)}
    one = RunExperiments(
        4, data, poolers, ["LDA"], models, own, "cpu", select=("layer",), **options
    )
    table = one.run_all().results.filter(pl.col("layer").is_null(), pl.col("control") == "")
    assert table["f1"].item() < 0.6 and table["auroc"].item() is None


def test_another_metric_chooses(run: Callable[..., RunFolder]) -> None:
    view = viewed(run(select_by='"accuracy"', controls="[]"))
    assert {one.choice.metric for one in view.state.cells.values() if one.choice} == {"accuracy"}
    view = viewed(run(select_by='"mse"', controls="[]"))
    assert {one.choice.metric for one in view.state.cells.values() if one.choice} == {"auroc"}
