"""The control task, against a plain loop over the types of tokens."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from transformers import AutoTokenizer

from probing import DatasetSpec, LMModel, PoolerSpec, datasets, results
from probing import spec as specs
from probing.engine.controls.control_task import (
    NotApplicableError,
    control_labelling,
    token_types,
)
from probing.engine.experiment import execute
from probing.engine.extraction import extract
from probing.engine.models import DistinctTexts, tokens_of
from probing.engine.splits import Labelling, inner_folds, make_folds, seed_of
from probing.events import CellNotApplicable
from probing.logs import RunFolder, read_events
from probing.spec import ModelSpec
from tests.support.real_runs import RIDGE, new_run, viewed

LAST = '{pool="last", specials="drop"}'
LAST_WORD = PoolerSpec("last", specials="drop")


def read(base: Path, name: str = "cats") -> Any:
    path = base / f"{name}.jsonl"
    return datasets.load(DatasetSpec(str(path)), path)


def task_of(data: Any, n_folds: int = 4) -> Labelling:
    folds = make_folds(data.targets, data.groups, data.task, n_folds=n_folds)
    inner = tuple(
        inner_folds(one.whole.train, data.targets, data.groups, data.task, 0) for one in folds
    )
    return Labelling("", 0, data.targets, folds, inner, 0)


@pytest.mark.parametrize(
    ("pooler", "at"),
    [
        (LAST_WORD, lambda ids: (ids[-2],)),
        (PoolerSpec("first", skip_first=1), lambda ids: (ids[1],)),
        (PoolerSpec("token", quantile=0.5), lambda ids: (ids[int(0.5 * (len(ids) - 1) + 0.5)],)),
        (PoolerSpec("token", quantile=(0, 1), quantile_method="mean", specials="drop"),
         lambda ids: (ids[1], ids[-2])),
    ],
)  # fmt: skip
def test_types_are_the_tokens_that_the_pooler_reads(base: Path, pooler: Any, at: Any) -> None:
    texts = read(base).texts
    tokenizer = AutoTokenizer.from_pretrained(base / "tiny")
    found = token_types(
        tokens_of(DistinctTexts(texts), ModelSpec(str(base / "tiny")), base), pooler
    )
    assert [tuple(row) for row in found] == [at(tokenizer(text)["input_ids"]) for text in texts]


@pytest.mark.parametrize("name", ["cats", "sizes"])
def test_a_type_has_one_label_drawn_from_those_of_the_texts(base: Path, name: str) -> None:
    data = read(base, name)
    task, tokenizer = task_of(data), AutoTokenizer.from_pretrained(base / "tiny")
    types = token_types(
        tokens_of(DistinctTexts(data.texts), ModelSpec(str(base / "tiny")), base), LAST_WORD
    )
    made = control_labelling(task, types, data.groups, data.task, len(data.classes), 11)
    labels: dict[int, Any] = {}
    for text in data.texts:
        word = tokenizer(text)["input_ids"][-2]
        labels.setdefault(word, data.targets[seed_of(11, 0, word) % len(data.texts)])
    expected = [labels[tokenizer(text)["input_ids"][-2]] for text in data.texts]
    assert made.targets.tolist() == expected
    assert (made.control, made.folds) == ("control_task", task.folds)
    [flag] = made.flags
    assert flag == "13 token types, 100 % of tested texts have one of the training part"
    for at, fold in enumerate(made.folds):
        assert len(made.inner[at]) == len(fold.whole.train)


def test_where_it_has_no_meaning_it_says_why(base: Path) -> None:
    data = read(base)
    task, tokens = (
        task_of(data),
        tokens_of(DistinctTexts(data.texts), ModelSpec(str(base / "tiny")), base),
    )

    def made(types: Any) -> Labelling:
        return control_labelling(task, types, data.groups, data.task, 2, 0)

    for pooler, why in (
        (PoolerSpec("mean"), "all tokens of a text, not a single one"),
        (PoolerSpec("token", quantile=(0, 1), quantile_method="concat"), "several samples"),
    ):
        with pytest.raises(NotApplicableError, match=why):
            token_types(tokens, pooler)
    n = len(data.texts)
    with pytest.raises(NotApplicableError, match="all texts have the same token there"):
        made(np.zeros((n, 1), np.int64))
    with pytest.raises(NotApplicableError, match="only 0 % of the tested texts"):
        made(np.arange(n)[:, None])
    few = np.zeros((n, 1), np.int64)
    few[0] = 1  # one text has the other type: no class of its own in every fold
    with pytest.raises(NotApplicableError, match="2 token types are too few to give every class"):
        made(few)


def test_scores_and_selectivity_are_those_of_a_plain_loop(
    base: Path, run: Callable[..., RunFolder]
) -> None:
    folder = run(
        controls='["control_task"]',
        classifiers='[{name="Ridge", alpha=2.0}]',
        datasets=f'["{base}/cats.jsonl", "{base}/sizes.jsonl"]',
        poolers=f"[{LAST}]",
    )
    frame, plan = results([viewed(folder)]), json.loads(folder.plan.read_text())
    kept, model = pl.read_parquet(folder.predictions), LMModel(str(base / "tiny"))
    for name, metric in (("cats", "accuracy"), ("sizes", "r2")):
        data = read(base, name)
        types = [tuple(model.tokenizer(text)["input_ids"][-2:-1]) for text in data.texts]
        seed = seed_of(0, name, "control_task")
        targets = data.targets[[seed_of(seed, 0, *one) % len(types) for one in types]]
        own = kept.filter(dataset=name, control="control_task", layer=2).sort("text")
        told = own["target"].cast(pl.Float64) if name == "sizes" else own["target"] == "true"
        assert told.to_list() == pytest.approx(targets.astype(float).tolist())
        features = extract(model, data.texts, [LAST_WORD]).features[LAST_WORD]
        X = features[2, :, 0].double().numpy()
        numbers = targets if name == "sizes" else 2 * targets - 1
        predicted, right = np.empty(len(X)), []
        for fold in plan["folds"][name]["task"]:
            test = np.array(fold["test"])
            train = np.setdiff1d(np.arange(len(X)), test)
            fitted = make_pipeline(StandardScaler(), Ridge(2.0)).fit(X[train], numbers[train])
            predicted[test] = fitted.predict(X[test])
            right.append(np.mean((predicted[test] > 0) == targets[test]))
        expected = r2_score(targets, predicted) if name == "sizes" else np.mean(right)
        rows = frame.filter(dataset=name, layer=2)
        [control] = rows.filter(control="control_task").rows(named=True)
        [task] = rows.filter(control="").rows(named=True)
        assert control[metric] == pytest.approx(expected, abs=1e-6)
        assert task["selectivity"] == pytest.approx(task[metric] - control[metric])
        assert control["selectivity"] is None and "13 token types" in control["flags"]


def test_one_that_is_not_applicable_is_a_row_that_says_so(run: Callable[..., RunFolder]) -> None:
    poolers = f'[{LAST}, {{pool="mean"}}, {{pool="last"}}]'
    folder = run(controls='["control_task"]', classifiers=RIDGE, poolers=poolers)
    view = viewed(folder)
    assert (view.state.n_done, view.state.n_failed) == (24, 0)
    frame = results([view])
    controls = frame.filter(control="control_task")
    assert controls.height == 12 and frame.height == 24
    told = {name: set(part["flags"]) for (name,), part in controls.group_by("pooler")}
    mean = "not applicable: the pooler reads all tokens of a text, not a single one"
    assert told["mean"] == {mean}
    assert told["last"] == {"not applicable: all texts have the same token there"}
    assert controls["accuracy"].null_count() == 8
    assert frame.filter(control="")["selectivity"].null_count() == 8
    warned = {(one.where, one.message.partition(": ")[2]) for one in view.state.warnings}
    why = "not applicable to last: all texts have the same token there"
    assert ("tiny on cats", why) in warned
    events = [one.event for one in read_events(folder.events)[0]]
    assert sum(isinstance(one, CellNotApplicable) for one in events) == 8


def test_a_reason_is_told_once_for_all_entries_of_a_pooler(run: Callable[..., RunFolder]) -> None:
    poolers = '[{pool="mean", layer=1}, {pool="mean", layer=2}]'
    view = viewed(run(controls='["control_task"]', classifiers=RIDGE, poolers=poolers))
    told = [one.message for one in view.state.warnings if "not applicable" in one.message]
    assert len(told) == len({(one.where, one.message) for one in view.state.warnings}) == 1


def test_a_tokenizer_that_breaks_fails_the_control_alone(
    base: Path, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("no such luck")

    monkeypatch.setattr("probing.engine.experiment.dataset_tokens.tokens_of", broken)
    folder = new_run(base, tmp_path / "logs", controls='["control_task"]', poolers=f"[{LAST}]")
    assert execute(folder, specs.load(folder.spec), folder.path) == 5
    state = viewed(folder).state
    assert (state.n_done, state.n_failed) == (4, 4)
    assert set(state.failures.values()) == {"control_task on cats: ValueError: no such luck"}


def test_a_resumed_run_ends_with_the_same_rows(
    base: Path, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes = {"controls": '["control_task"]', "poolers": f'[{LAST}, {{pool="mean"}}]'}
    folders = [new_run(base, tmp_path / f"logs{at}", **changes) for at in range(2)]

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("probing.engine.experiment.execution.PassFeatures.open", interrupt)
        with pytest.raises(KeyboardInterrupt):
            execute(folders[0], specs.load(folders[0].spec), folders[0].path)
    assert viewed(folders[0]).state.n_done == 4
    for folder in folders:
        assert execute(folder, specs.load(folder.spec), folder.path) == 0
    frames = [results([viewed(folder)]).drop("run") for folder in folders]
    assert frames[0].equals(frames[1]) and frames[0].height == 16
    events = [one.event for one in read_events(folders[0].events)[0]]
    assert sum(isinstance(one, CellNotApplicable) for one in events) == 4
