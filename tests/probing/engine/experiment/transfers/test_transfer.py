"""Probes that are trained on some datasets and tested on others, in whole runs."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.preprocessing import StandardScaler

from probing import results
from probing import spec as specs
from probing.comparison import compare
from probing.engine.experiment import execute
from probing.engine.models import LMModel
from probing.logs import RunFolder
from probing.logs.results.fold_values import permutation_values
from probing.spec import ModelSpec
from tests.support.broken_off import break_off_and_resume
from tests.support.real_runs import new_run, passes, viewed
from tests.support.tiny_models import WORDS

PAIRS = '[["one", "two"], ["two", "one"], [["one", "two"], "three"]]'


@pytest.fixture(scope="module")
def sets(folder: Path) -> str:
    """Three datasets; the last five texts of the second are those of the first."""
    draw = random.Random(5)
    texts = list(
        dict.fromkeys(" ".join(draw.choices(WORDS, k=draw.randint(5, 9))) for _ in range(400))
    )
    parts = {"one": texts[:60], "two": [*texts[60:115], *texts[:5]], "three": texts[120:160]}
    for name, own in parts.items():
        rows = [{"text": text, "label": "cat" in text.split()} for text in own]
        (folder / f"{name}.jsonl").write_text("\n".join(map(json.dumps, rows)))
    entries = [
        f'{{ path = "{folder}/{name}.jsonl", near_duplicates = "ignore" }}' for name in parts
    ]
    return f'[{", ".join(entries)}, "{folder}/sizes.jsonl"]'


def made(folder: Path, sets: str, **changes: str) -> RunFolder:
    values = {
        "controls": '["majority", "shuffled_labels", "random_direction", "bag_of_words"]',
        "n_folds": "3",
        "poolers": '[{pool="mean", layer=1}, {pool="mean", layer=3}]',
        "classifiers": '[{name="LDA", shrinkage=0.1}]',
        **changes,
    }
    return new_run(folder, folder / "logs", datasets=sets, **values)


@pytest.fixture(scope="module")
def run(folder: Path, sets: str) -> RunFolder:
    run = made(folder, sets, transfer=PAIRS)
    assert execute(run, specs.load(run.spec), run.path) == 0
    return run


@pytest.fixture(scope="module")
def frame(run: RunFolder) -> pl.DataFrame:
    return results([viewed(run)])


def test_each_dataset_is_read_once_and_every_pair_has_its_rows(
    run: RunFolder, frame: pl.DataFrame
) -> None:
    assert len(passes(run)) == 3
    moved = frame.filter(pl.col("trained_on") != "")
    pairs = set(moved.select("trained_on", "dataset").rows())
    assert pairs == {("one", "two"), ("two", "one"), ("one + two", "three")}
    tasks = moved.filter(control="")
    assert tasks.height == 6 and tasks["auroc_low"].is_not_null().all()
    assert set(moved["control"]) == {
        "", "majority", "shuffled_labels", "random_direction", "bag_of_words"
    }  # fmt: skip
    assert tasks.filter(dataset="two")["n_train"].to_list() == [40, 40]
    assert tasks.filter(dataset="three")["n_train"].to_list() == [80, 80]
    assert tasks["beats"].str.contains("majority").all()
    assert tasks["auroc_p_chance"].is_not_null().all()


def test_what_is_trained_on_is_not_tested(frame: pl.DataFrame) -> None:
    tested = {
        (row["trained_on"], row["dataset"]): row for row in frame.filter(control="").to_dicts()
    }
    assert tested["one", "two"]["n_test"] == tested["one", "two"]["n_texts"] == 55
    assert tested["two", "one"]["n_test"] == 55
    assert tested["one + two", "three"]["n_test"] == 40
    assert "5 of 60 texts repeat or belong together" in tested["one", "two"]["flags"]
    assert "repeat" not in tested["one + two", "three"]["flags"]


def test_scores_are_those_of_scikit_learn_trained_on_the_folds(
    run: RunFolder, folder: Path
) -> None:
    folds = json.loads(run.plan.read_text())["folds"]["one"]["task"]
    own, other = (read(folder, name) for name in ("one", "two"))
    X, Z = (pooled(folder, texts) for texts, _ in (own, other))
    y = np.array(own[1])
    found = pl.read_parquet(run.predictions).filter(
        pl.col("dataset") == "two",
        pl.col("trained_on") == "one",
        pl.col("layer") == 3,
        pl.col("control") == "",
    )
    for at, fold in enumerate(folds):
        train = np.setdiff1d(np.arange(60), fold["test"])
        scaler = StandardScaler().fit(X[train])
        probe = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.1)
        probe.fit(scaler.transform(X[train]), y[train])
        expected = probe.decision_function(scaler.transform(Z[:55]))
        rows = found.filter(fold=at).sort("text")
        assert rows["text"].to_list() == list(range(55))
        np.testing.assert_allclose(rows["score"].to_numpy(), expected, rtol=1e-4, atol=1e-5)


def read(folder: Path, name: str) -> tuple[list[str], list[bool]]:
    rows = [json.loads(line) for line in (folder / f"{name}.jsonl").read_text().splitlines()]
    return [row["text"] for row in rows], [row["label"] for row in rows]


def pooled(folder: Path, texts: list[str]) -> np.ndarray:
    model = LMModel.from_spec(ModelSpec(str(folder / "tiny")))
    means = []
    for text in texts:
        states = model([text]).hidden_states[3][0]
        means.append(states.mean(dim=0).detach().numpy())
    return np.stack(means).astype(np.float64)


def test_the_interval_of_permutations_holds_how_far_they_differ(run: RunFolder) -> None:
    state = viewed(run).state
    moved = [
        one
        for one in state.cells.values()
        if one.folds and one.folds[0].control == "shuffled_labels" and one.folds[0].trained_on
    ]
    assert len(moved) == 6
    for one in moved:
        values = list(permutation_values(one, "auroc").values())
        assert one.measured is not None and len(values) == 2
        error = one.measured.errors["auroc"]
        assert error is not None and error**2 >= np.var(values, ddof=1) * 1.5 * (1 - 1e-9)


def test_a_run_that_was_broken_off_ends_with_the_same_scores(
    folder: Path, sets: str, frame: pl.DataFrame
) -> None:
    run = made(folder, sets, transfer=PAIRS)
    n_own = 3 * 4 + 4
    break_off_and_resume(run, n_own + 1)
    assert results([viewed(run)]).drop("run").equals(frame.drop("run"))


def test_rows_are_compared_with_those_of_the_dataset_itself(
    run: RunFolder, frame: pl.DataFrame, folder: Path
) -> None:
    told = compare(
        folder / "logs",
        "dataset=two trained_on=one",
        "dataset=two trained_on=",
        run=run.path.name,
        metric="auroc",
    )
    assert told["layer"].to_list() == [1, 3] and told["trained_on_a"].to_list() == ["one"] * 2
    assert told["reason"].to_list() == ["", ""]
    rows = {row["layer"]: row for row in frame.filter(dataset="two", control="").to_dicts()[::1]}
    assert len(rows) == 2 and (told["low"] < told["difference"]).all()
    moved = frame.filter(dataset="two", trained_on="one", control="")["auroc"]
    own = frame.filter(dataset="two", trained_on="", control="")["auroc"]
    assert told["difference"].to_list() == pytest.approx((moved - own).to_list())


@pytest.fixture(scope="module")
def every(folder: Path, sets: str) -> RunFolder:
    """All transfers, with a chosen layer and an ensemble of both."""
    changes = {"controls": '["majority"]', "select": '["layer"]', "ensemble": '"mean"'}
    run = made(folder, sets, transfer='"all"', **changes)
    assert execute(run, specs.load(run.spec), run.path) == 0
    return run


def test_all_but_one_trains_on_the_union(every: RunFolder) -> None:
    run = every
    frame = results([viewed(run)]).filter(pl.col("control") == "", pl.col("trained_on") != "")
    named = {(row["trained_on"], row["dataset"]): row["n_train"] for row in frame.to_dicts()}
    assert named["all but three", "three"] == 80 and len(named) == 6 + 3
    notes = json.loads(run.plan.read_text())["notes"]
    assert sum("transfer is not applicable to sizes" in note for note in notes) == 1


def test_the_layer_is_chosen_inside_what_is_trained_on(every: RunFolder) -> None:
    rows = pl.read_parquet(every.predictions).filter(control="").sort("text")
    chosen = [
        fold
        for cell in viewed(every).state.cells.values()
        for fold in cell.folds
        if fold.selected and fold.dataset != "sizes"
    ]
    own = {(one.dataset, one.fold): one.selected["layer"] for one in chosen if not one.trained_on}
    assert len(own) == 3 * 3 and len(chosen) == 3 * (3 + 6 + 3)
    for one in chosen:
        if (one.trained_on, one.fold) in own:
            assert one.selected["layer"] == own[one.trained_on, one.fold]
        place = {"dataset": one.dataset, "trained_on": one.trained_on, "fold": one.fold}
        mine = rows.filter(**place, pooler="mean(layer=chosen)")
        layer = rows.filter(**place, pooler="mean", layer=int(one.selected["layer"]))
        assert len(mine) and mine.drop("pooler", "layer").equals(layer.drop("pooler", "layer"))
    told = results([viewed(every)]).filter(pooler="mean(layer=chosen)", control="")
    assert told["auroc_low"].is_not_null().all() and told["beats"].is_not_null().all()
    finals = told.filter(pl.col("flags").str.contains("final probe"))
    assert finals["trained_on"].unique().to_list() == [""]  # what is tested chooses nothing


def test_layers_are_averaged_for_another_dataset_too(every: RunFolder) -> None:
    rows = pl.read_parquet(every.predictions).filter(control="", trained_on="one", dataset="two")
    each = rows.filter(pooler="mean").group_by("fold", "text").agg(pl.col("probability").mean())
    joined = rows.filter(pooler="mean(layers=mean)").join(each, on=["fold", "text"])
    assert len(joined) == len(each) == 3 * 55
    np.testing.assert_allclose(joined["probability"], joined["probability_right"], atol=1e-9)
    told = results([viewed(every)]).filter(pooler="mean(layers=mean)", control="", dataset="two")
    assert told["auroc_low"].is_not_null().all()
    assert "5 of 60 texts repeat" in told.filter(trained_on="one")["flags"][0]


def test_a_dataset_that_cannot_be_tested_fails_alone(
    folder: Path, sets: str, frame: pl.DataFrame
) -> None:
    rows = [{"text": text, "label": at == 0} for at, text in enumerate(["a cat", "b", "c", "d"])]
    (folder / "few.jsonl").write_text("\n".join(map(json.dumps, rows)))
    both = f'{sets[:-1]}, "{folder}/few.jsonl"]'
    pairs = '[["one", "few"], ["one", "two"], ["few", "two"]]'
    run = made(folder, both, transfer=pairs, controls='["majority", "shuffled_labels"]')
    assert execute(run, specs.load(run.spec), run.path) == 5
    state = viewed(run).state
    cells = {cell["id"]: cell for cell in json.loads(run.plan.read_text())["cells"]}
    failed = [cells[cell] for cell in state.failures]
    assert all("few" in (cell["dataset"], cell.get("trained_on")) for cell in failed)
    assert any(cell.get("trained_on") == "one" for cell in failed)
    assert all("has 1 text, fewer than 3 folds" in why for why in state.failures.values())
    found = results([viewed(run)]).filter(dataset="two", trained_on="one", control="")
    expected = frame.filter(dataset="two", trained_on="one", control="")
    assert found["auroc"].to_list() == pytest.approx(expected["auroc"].to_list())


def test_probes_of_tokens_are_moved_too(folder: Path, sets: str) -> None:
    changes = {
        "poolers": '[{pool="tokens", layer=3}]',
        "classifiers": '[{name="AttentionProbe", max_epoch=3}]',
        "controls": '["majority", "length"]',
    }
    run = made(folder, sets, transfer='[["one", "two"], [["one", "two"], "three"]]', **changes)
    assert execute(run, specs.load(run.spec), run.path) == 0
    frame = results([viewed(run)]).filter(pl.col("control") == "", pl.col("trained_on") != "")
    assert set(frame["trained_on"]) == {"one", "one + two"}
    assert frame["auroc_low"].is_not_null().all()
    rows = pl.read_parquet(run.predictions).filter(control="", classifier="AttentionProbe")
    home = rows.filter(dataset="one", trained_on="")
    assert home.height == 60 and rows.filter(dataset="two", trained_on="one").height == 3 * 55


@pytest.mark.parametrize(("split", "n_folds"), [("shuffle", 3), ("given", 1)])
def test_other_splits_have_intervals_too(folder: Path, split: str, n_folds: int) -> None:
    draw = random.Random(7)
    texts = list(
        dict.fromkeys(" ".join(draw.choices(WORDS, k=draw.randint(5, 9))) for _ in range(300))
    )
    entries = []
    for name, own in (("left", texts[:80]), ("right", texts[80:150])):
        rows = [
            {"text": text, "label": "cat" in text.split(), "part": "test" if at % 4 else "train"}
            for at, text in enumerate(own)
        ]
        (folder / f"{name}.jsonl").write_text("\n".join(map(json.dumps, rows)))
        entries.append(
            f'{{ path = "{folder}/{name}.jsonl", split = "part", near_duplicates = "ignore" }}'
        )
    changes = {"split": f'"{split}"', "controls": '["majority"]', "transfer": "true"}
    run = made(folder, f"[{', '.join(entries)}]", **changes)
    assert execute(run, specs.load(run.spec), run.path) == 0
    moved = results([viewed(run)]).filter(pl.col("control") == "", pl.col("trained_on") != "")
    assert set(moved["n_folds"]) == {n_folds} and moved["auroc_low"].is_not_null().all()
    # all texts of the other dataset are tested, those of its own training part too
    assert set(moved.filter(dataset="left")["n_test"]) == {80}
    assert set(moved.filter(dataset="right")["n_test"]) == {70}
