"""Runs over texts that models continue: what is kept, what is generated again, what is read."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from transformers import AutoModel, AutoModelForCausalLM, AutoTokenizer

from probing import Probe, results
from probing import spec as specs
from probing.engine.controls import Given
from probing.engine.experiment import execute
from probing.engine.experiment.passes import generated_texts as generating
from probing.engine.extraction import continuing
from probing.engine.models import Continuations
from probing.errors import DatasetError, ModelError, ProbeError, SpecError
from probing.events import GenerationDone, GenerationStarted, PassDone, TextsGenerated
from probing.logs import RunFolder, read_events
from probing.logs.details.generated_texts import generated_texts
from probing.plan import look_up
from probing.probes.readme import readme
from probing.spec import DatasetSpec, parse
from probing.spec.reading import from_table
from tests.support.real_runs import new_run, same, scores, viewed
from tests.support.tiny_models import WORDS, save_model
from tui import cli

N_NEW = 5
RIDGE = '[{name="Ridge", alpha=1.0}]'


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a causal model whose texts end now and then, an encoder and a dataset."""
    folder = tmp_path_factory.mktemp("generated")
    save_model(folder / "tiny", "gpt2", head=True, cls=False)
    save_model(folder / "bert", "bert")
    config = json.loads((folder / "tiny" / "generation_config.json").read_text())
    config |= {"eos_token_id": [11, 15], "repetition_penalty": 1.3}
    (folder / "tiny" / "generation_config.json").write_text(json.dumps(config))
    draw = random.Random(1)
    with (folder / "d.jsonl").open("w") as file:
        for at in range(80):
            words = draw.choices(WORDS, k=draw.randint(2, 9))
            row: dict[str, Any] = {"text": " ".join(words), "cat": "cat" in words}
            row |= {"n": len(words) + 0.5, "part": "one" if at % 2 else "two"}
            row["red"] = None if at % 4 == 0 else "red" in words
            file.write(json.dumps(row) + "\n")
        file.write(json.dumps(row) + "\n")  # a text that comes again
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("PROBE_TUI_CACHE", str(folder / "cache"))
        yield folder


def done(work: Path, logs: str, **changes: str) -> RunFolder:
    made = {"poolers": '[{pool="mean", layer=2}]', "classifiers": RIDGE, "controls": "[]"}
    run = new_run(work, work / logs, **made | {"datasets": f"[{_entry(work)}]"} | changes)
    assert execute(run, specs.load(run.spec), run.path) == 0, run.log
    return run


def _entry(work: Path, more: str = 'target="n"') -> str:
    return f'{{path="{work}/d.jsonl", generate={N_NEW}, missing="drop", {more}}}'


def events(run: RunFolder, kind: type[Any]) -> list[Any]:
    return [one.event for one in read_events(run.events)[0] if isinstance(one.event, kind)]


@pytest.fixture(scope="module")
def first(work: Path) -> RunFolder:
    return done(
        work,
        "first",
        poolers='[{pool="mean", layer=2}, {pool="last", layer=2}, '
        '{pool="last", layer=2, tokens="not generated"}]',
        controls='["untrained", "control_task", "bag_of_words", "length"]',
    )


def plainly(work: Path) -> list[tuple[str, list[int], list[int], bool]]:
    """By transformers alone: each text, its ids, what follows, and whether it ended."""
    model = AutoModelForCausalLM.from_pretrained(work / "tiny").eval()
    tokenizer = AutoTokenizer.from_pretrained(work / "tiny")
    told = []
    for line in (work / "d.jsonl").read_text().splitlines():
        text = json.loads(line)["text"]
        ids = tokenizer(text)["input_ids"]
        batch = torch.tensor([ids])
        mask = torch.ones_like(batch)
        options = {"do_sample": False, "max_new_tokens": N_NEW, "pad_token_id": 0}
        new = model.generate(batch, attention_mask=mask, **options)[0, len(ids) :].tolist()
        end = next((at for at, one in enumerate(new) if one in (11, 15)), len(new))
        told.append((text, ids, new[:end], end < len(new)))
    return told


def test_a_run_keeps_what_was_generated_and_probes_it(work: Path, first: RunFolder) -> None:
    told = plainly(work)
    frame = pl.read_parquet(first.generated)
    assert frame.columns[:7] == [
        "dataset", "model", "text", "prompt", "continuation", "n_tokens", "ended",
    ]  # fmt: skip
    assert frame["text"].to_list() == [*range(len(told))]
    assert frame["prompt"].to_list() == [text for text, *_ in told]
    assert frame["token_ids"].to_list() == [new for _, _, new, _ in told]
    assert frame["ended"].to_list() == [ended for *_, ended in told]
    assert frame["n_tokens"].to_list() == [len(new) for _, _, new, _ in told]
    empty = sum(not new for _, _, new, _ in told)
    assert 0 < empty < len(told) / 2
    (one,) = events(first, GenerationDone)
    different = {text: (new, ended) for text, _, new, ended in told}
    assert one.n_texts == len(different) and one.n_made == one.n_tokens
    assert one.n_tokens == sum(len(new) for new, _ in different.values())
    assert one.n_ended == sum(ended for _, ended in different.values())
    (kept,) = events(first, TextsGenerated)
    assert kept.n_texts == len(different) and not first.parts.exists()
    warned = [one.message for one in viewed(first).state.warnings]
    assert any(f"{empty} of {len(told)} texts have no token" in line for line in warned)

    body = AutoModelForCausalLM.from_pretrained(work / "tiny").eval().transformer
    features: dict[str, list[Any]] = {"mean": [], "last": [], "last(tokens=[not generated])": []}
    for _, ids, new, _ in told:
        with torch.no_grad():
            states = body(input_ids=torch.tensor([ids + new]), output_hidden_states=True)
        state = states.hidden_states[2][0]
        features["mean"].append((state[len(ids) :] if new else state[-1:]).mean(0).numpy())
        features["last"].append(state[-1].numpy())
        features["last(tokens=[not generated])"].append(state[len(ids) - 1].numpy())
    targets = np.array([len(text.split()) + 0.5 for text, *_ in told])
    folds = json.loads(first.plan.read_bytes())["folds"]["d"]["task"]
    features["length"] = [
        np.array([len(ids), len(text), len(new), len(said)], dtype=np.float32)
        for (text, ids, new, _), said in zip(told, frame["continuation"].to_list(), strict=True)
    ]
    predictions = (
        pl.read_parquet(first.predictions)
        .with_columns(
            pl.coalesce(pl.when(pl.col("pooler") != "").then("pooler"), "control").alias("pooler"),
            is_own=pl.col("control").fill_null("").is_in(["", "length"]),
        )
        .filter("is_own")
    )
    for pooler, rows in features.items():
        X, expected = np.array(rows), np.empty(len(told))
        for fold in folds:
            test = np.array(fold["test"])
            train = np.setdiff1d(np.arange(len(told)), test)
            probe = make_pipeline(StandardScaler(), Ridge(alpha=1.0)).fit(X[train], targets[train])
            expected[test] = probe.predict(X[test])
        own = predictions.filter(pl.col("pooler") == pooler).sort("text")
        np.testing.assert_allclose(own["score"].to_numpy(), expected, rtol=2e-3, atol=2e-3)


def test_random_weights_read_what_the_trained_model_has_said(first: RunFolder) -> None:
    texts = results([viewed(first)]).filter(pl.col("control").is_in(["bag_of_words", "length"]))
    assert texts["model"].to_list() == ["tiny", "tiny"]
    given = Given(["a", "b"], behind=Continuations(((1,), ()), (True, True), (" c", "")))
    assert given.whole == ["a\n c", "b\n"]
    passes = {one.model: one for one in events(first, PassDone)}
    assert len(passes) == 2 and len(events(first, GenerationStarted)) == 1
    assert len({one.n_tokens for one in passes.values()}) == 1
    assert pl.read_parquet(first.generated)["model"].unique().to_list() == ["tiny"]
    assert scores(first).filter(control="control_task").height > 0


def test_a_later_run_finds_what_was_generated(
    work: Path, first: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROBE_TUI_CACHE", str(work / "cache"))
    made = look_up(specs.load(first.spec), work)
    assert made.cost.n_generated == 0 and made.cost.n_forward == 0
    again = done(work, "again", poolers='[{pool="mean", layer=[1, 2], layer_method="extend"}]')
    assert not events(again, GenerationStarted)
    (one,) = events(again, GenerationDone)
    assert one.n_made == 0 and one.n_tokens > 0
    (read,) = events(again, PassDone)
    assert not read.cached and read.n_computed == 1
    assert pl.read_parquet(again.generated).equals(pl.read_parquet(first.generated))
    other = parse(again.spec.read_text().replace(f"generate={N_NEW}", "generate=3"))
    cost = look_up(other, work).cost
    assert cost.n_generated == 3 * one.n_texts and cost.generate_s > 0
    assert cost.total_s >= cost.generate_s and cost.n_tokens > cost.n_generated


def test_a_killed_run_goes_on_where_it_was(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROBE_TUI_CACHE_GIB", "0")
    monkeypatch.setitem(continuing.BUDGETS, "cpu", 100)
    monkeypatch.setattr(generating, "KEEP_S", 0.0)
    whole = done(work, "whole", models=f'[{{model="{work}/tiny", max_length=6}}]')
    warned = [one.message for one in viewed(whole).state.warnings]
    assert any("truncated to 6 tokens; the model continues these from" in line for line in warned)
    parts = events(whole, TextsGenerated)
    assert len(parts) > 4

    run = new_run(work, work / "killed", **_as(whole))
    take, taken = generating._Keeper.take, list[int]()

    def dies(self: Any, places: Any, grown: Any) -> None:
        take(self, places, grown)
        taken.extend(places)
        if len(events(run, TextsGenerated)) == 3:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(generating._Keeper, "take", dies)
        with pytest.raises(KeyboardInterrupt):
            execute(run, specs.load(run.spec), run.path)
    damaged = run.parts / events(run, TextsGenerated)[1].file
    damaged.write_bytes(damaged.read_bytes()[:-1])
    assert execute(run, specs.load(run.spec), run.path) == 0
    first, second = events(run, GenerationStarted)
    n_lost = events(run, TextsGenerated)[1].n_texts
    assert second.n_texts == first.n_texts - len(taken) + n_lost
    assert same(run, whole)
    assert pl.read_parquet(run.generated).equals(pl.read_parquet(whole.generated))


def _as(run: RunFolder) -> dict[str, str]:
    lines = run.spec.read_text().splitlines()
    return {key: value for key, _, value in (line.partition(" = ") for line in lines)}


def test_a_saved_probe_continues_the_texts_that_it_is_given(work: Path) -> None:
    run = done(work, "saved", save_probes='"all"', poolers='[{pool="last", layer=2}]')
    told = plainly(work)
    probe = Probe.load(next(run.probes.glob("*.json")))
    body = AutoModelForCausalLM.from_pretrained(work / "tiny").eval().transformer
    expected, states = [], {}
    for text, ids, new, _ in told:
        with torch.no_grad():
            read = body(input_ids=torch.tensor([ids + new]), output_hidden_states=True)
        states[text] = read.hidden_states[2][0].double().numpy()
        expected.append(states[text][-1] @ probe.weights[0] + probe.bias[0])
    texts = [text for text, *_ in told]
    np.testing.assert_allclose(probe.scores(texts), expected, rtol=1e-4, atol=1e-4)
    (own,) = probe.token_scores(texts[:1])
    assert len(own.tokens) == len(told[0][1]) + len(told[0][2])
    np.testing.assert_allclose(
        own.scores, states[texts[0]] @ probe.weights[0] + probe.bias[0], rtol=1e-4, atol=1e-4
    )
    assert "continues by up to 5 tokens" in readme(probe.card)
    bare = AutoModel.from_pretrained(work / "tiny").eval()
    with pytest.raises(ProbeError, match="without its head"):
        probe.on(bare, AutoTokenizer.from_pretrained(work / "tiny")).scores(texts)


def test_targets_parts_and_transfers_of_continued_texts(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    both = _entry(work, 'target=["cat", "red"], name="both"')
    parts = _entry(work, 'target="cat", subset="part", limit=60, name="d"')
    run = done(
        work,
        "several",
        datasets=f'[{both}, {parts}, {{path="{work}/d.jsonl", target="cat", name="plain"}}]',
        classifiers='["NearestCentroid"]',
        controls='["control_task", "length"]',
        poolers='[{pool="last", layer=2}]',
        conditional_on='"length"',
        transfer="true",
        n_folds="2",
    )
    frame = generated_texts([viewed(run)])
    counts = dict(frame.group_by("dataset").len().iter_rows())
    assert set(counts) == {"both[cat]", "both[red]", "d[one]", "d[two]"}
    assert counts["both[cat]"] == 81 and counts["both[red]"] < 81
    generations = [one.dataset for one in events(run, GenerationDone)]
    assert generations.count("both[cat]") == 1 and "both[red]" not in generations
    same_texts = frame.group_by("prompt").agg(pl.col("token_ids").n_unique())
    assert same_texts["token_ids"].max() == 1
    moved = scores(run).filter(pl.col("trained_on").is_not_null() & (pl.col("trained_on") != ""))
    assert {"plain", "d[one]"} <= set(moved["dataset"])

    logs = ["--logs", str(work / "several")]
    capsys.readouterr()
    assert cli.main(["results", "--generated", run.name, *logs, "--where", "dataset=d[one]"]) == 0
    said = capsys.readouterr().out
    assert said.count("\n") > counts["d[one]"] and "continuation" in said
    assert cli.main(["results", "--generated", *logs, "--format", "csv", "--limit", "2"]) == 0
    assert capsys.readouterr().out.startswith("run,dataset,model,text,prompt,continuation,")


def test_what_cannot_be_continued_is_refused(work: Path) -> None:
    base = {"models": [f"{work}/tiny"], "poolers": ["mean"], "classifiers": ["LDA"]}
    entry = {"path": f"{work}/d.jsonl", "target": "cat", "generate": 4}

    def refused(error: type[Exception], match: str, **changes: Any) -> None:
        table = {**base, "datasets": [{**entry, **changes.pop("entry", {})}], **changes}
        with pytest.raises(error, match=match):
            look_up(from_table(table), work)

    refused(ModelError, r"bert.*predicts no next token", models=[f"{work}/tiny", f"{work}/bert"])
    refused(SpecError, "leaves no room for a text", entry={"generate": 40})
    refused(SpecError, "leaves no room for text", entry={"generate": 39}, models=[_chatty(work)])
    plain = [{**entry, "generate": None}]
    refused(SpecError, "needs generated tokens", poolers=[{"tokens": "generated"}], datasets=plain)
    whole = {**base, "datasets": plain, "poolers": [{"tokens": "not generated"}]}
    assert look_up(from_table(whole), work).cost.n_generated == 0
    refused(SpecError, "unknown key 'generates'", entry={"generates": 3})
    words = work / "words.jsonl"
    words.write_text('{"words": ["the", "cat"], "label": ["A", "B"]}\n' * 4)
    refused(DatasetError, "parts of texts", entry={"path": str(words), "target": None})
    for value in (0, -1, 1.5, True, "many"):
        with pytest.raises(SpecError, match=r"generate = .* must be a whole number"):
            DatasetSpec("a", generate=value)  # type: ignore[arg-type]
    for key in ({"level": "word"}, {"position": "at"}, {"spans": (("a", "b"),)}):
        with pytest.raises(SpecError, match="continues whole texts"):
            DatasetSpec("a", generate=4, **key)  # type: ignore[arg-type]


def _chatty(work: Path) -> str:
    """The model with a tokenizer that adds special tokens."""
    if not (work / "special").exists():
        save_model(work / "special", "gpt2", head=True)
    return str(work / "special")
