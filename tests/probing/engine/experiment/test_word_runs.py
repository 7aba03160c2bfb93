"""Whole runs on words, pairs of spans and positions: features, controls, cache and what is told."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.preprocessing import StandardScaler

from probing import LMModel, datasets, results
from probing.engine.controls.control_task import word_types
from probing.logs import RunFolder, RunView
from probing.logs.details.tested_texts import texts_tested
from probing.spec import DatasetSpec
from tests.support.real_runs import viewed
from tests.support.tiny_models import WORDS

TAGS = {word: "noun" if at % 2 else "other" for at, word in enumerate(WORDS)}


@pytest.fixture(scope="module")
def sentences(base: Path) -> Path:
    draw = random.Random(1)
    lots = {tuple(draw.choices(WORDS, k=draw.randint(3, 7))) for _ in range(60)}
    rows = [{"tokens": list(words), "label": [TAGS[word] for word in words]} for words in lots]
    path = base / "tagged.jsonl"
    path.write_text("\n".join(map(json.dumps, sorted(rows, key=str))))
    return path


def test_words_run_with_every_control(
    base: Path, sentences: Path, run: Callable[..., RunFolder]
) -> None:
    folder = run(
        datasets=f'[{{path="{sentences}", near_duplicates="ignore"}}]',
        controls='["majority", "shuffled_labels", "control_task", "bag_of_words", "length"]',
        classifiers='["LDA"]',
        poolers='[{pool="mean", layer=1}]',
    )
    data = datasets.load(DatasetSpec(str(sentences)), sentences)
    frame = results([viewed(folder)])
    assert set(frame["n_texts"]) == {len(data)} and set(frame["n_groups"]) == {60}
    scores = dict(zip(frame["control"], frame["accuracy"], strict=True))
    # the tag follows the word, which a bag of the marked words knows, and the shuffled do not
    assert scores["bag_of_words"] == 1.0 and scores["shuffled_labels"] < 0.7
    model = LMModel(str(base / "tiny"))
    kept = pl.read_parquet(folder.predictions).filter(control="")
    rows = [
        words_of(model, text, span[0]) for text, span in zip(data.texts, spans(data), strict=True)
    ]
    X, y = np.stack(rows), data.targets
    stored = json.loads(folder.plan.read_text())["folds"]["tagged"]["task"]
    for at, fold in enumerate(stored):
        test = kept.filter(fold=at)["text"].to_numpy()
        assert not set(data.groups[test]) & set(np.delete(data.groups, test))
        assert sorted(fold["test"]) == sorted(test.tolist())
    told = kept.sort("text")
    assert (told["target"] == pl.Series(data.classes)[y.tolist()]).all()
    assert shown(folder, told) == [data.shown(at) for at in range(len(data))]
    read = texts_tested([viewed(folder)], choose=lambda rows: rows.filter(control="")).sort("text")
    assert read["shown"].to_list() == [data.shown(at) for at in range(len(data))]
    assert (
        read.filter(correct=1)["text"].to_list()
        == told.filter(pl.col("prediction") == pl.col("target"))["text"].to_list()
    )
    agree = [one_fold(X, y, kept.filter(fold=at)) for at in range(len(stored))]
    assert np.mean(agree) > 0.97


def shown(folder: RunFolder, rows: pl.DataFrame) -> list[str]:
    """The text of each row with what it marks in brackets, by the tables of the run alone."""
    start, end = pl.col("start"), pl.col("end")
    cut = pl.col("content").str.slice
    texts = rows.join(pl.read_parquet(folder.texts), on=["dataset", "text"], maintain_order="left")
    pieces = cut(0, start), pl.lit("⟦"), cut(start, end - start), pl.lit("⟧"), cut(end)
    return texts.select(pl.concat_str(pieces)).to_series().to_list()


def own(view: RunView) -> pl.DataFrame:
    return results([view]).filter(control="")


def spans(data: datasets.TextDataset) -> list[list[list[int]]]:
    assert data.spans is not None
    found: list[list[list[int]]] = data.spans.tolist()
    return found


def words_of(model: LMModel, text: str, span: list[int]) -> np.ndarray:
    token = model.tokenizer(text).char_to_token(span[0])
    state = model([text]).hidden_states[1][0, token]
    return np.asarray(state)


def one_fold(X: np.ndarray, y: np.ndarray, rows: pl.DataFrame) -> float:
    """How many decisions are those of scikit-learn's shrunken LDA on the plain features."""
    test = rows["text"].to_numpy()
    train = np.setdiff1d(np.arange(len(y)), test)
    scaler = StandardScaler().fit(X[train])
    lda = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")
    lda.fit(scaler.transform(X[train]), y[train])
    wanted = lda.predict(scaler.transform(X[test]))
    classes = sorted(set(TAGS.values()))
    return float(
        np.mean([classes[at] == own for at, own in zip(wanted, rows["prediction"], strict=True)])
    )


def test_a_second_run_reads_the_cache_and_other_spans_do_not(
    base: Path, sentences: Path, run: Callable[..., RunFolder]
) -> None:
    rows = [json.loads(line) for line in sentences.read_text().splitlines()]
    made = [
        {
            "text": " ".join(row["tokens"]),
            "targets": [{"span1": [0, 1], "span2": [1, at], "label": row["label"][0]}],
        }
        for row in rows
        for at in (2, 3)
    ]
    path = base / "edges.jsonl"
    path.write_text("\n".join(map(json.dumps, made)))
    same = {"datasets": f'["{path}"]', "poolers": '[{pool="mean", layer=2}]'}
    first, again = viewed(run(**same)), viewed(run(**same))
    pairs = pl.read_parquet(again.run.predictions).select("text", "start", "end", "start2", "end2")
    data = datasets.load(DatasetSpec(str(path)), path)
    assert pairs.unique().sort("text").drop("text").rows() == [
        tuple(end for span in row for end in span) for row in spans(data)
    ]
    assert not first.state.passes[0].cached and again.state.passes[0].cached
    assert own(first)["accuracy"].equals(own(again)["accuracy"])
    moved = path.read_text().replace("[0, 1]", "[0, 2]")
    path.write_text(moved)
    assert not viewed(run(**same)).state.passes[0].cached


def test_words_beyond_the_length_are_told_and_flagged(
    base: Path, sentences: Path, run: Callable[..., RunFolder]
) -> None:
    folder = run(
        datasets=f'[{{path="{sentences}", near_duplicates="ignore"}}]',
        models=f'[{{model="{base}/tiny", max_length=5}}]',
        poolers='[{pool="last", layer=1}]',
    )
    view = viewed(folder)
    told = [one.message for one in view.state.warnings if "span that is cut" in one.message]
    assert len(told) == 1 and "cut at 5 tokens (row " in told[0] and "raise max_length" in told[0]
    assert "spans cut: " in own(view)["flags"][0]


def test_types_of_words_are_known_by_the_word(sentences: Path) -> None:
    data = datasets.load(DatasetSpec(str(sentences)), sentences)
    types = word_types(data)
    assert types is not None and types.shape == (len(data), 1)
    pairs = set(zip(data.marked, types[:, 0].tolist(), strict=True))
    assert len(pairs) == len(set(data.marked)) == len(set(types[:, 0].tolist()))


def test_several_targets_of_words_are_told_of_their_own_rows(
    base: Path, sentences: Path, run: Callable[..., RunFolder]
) -> None:
    rows = [json.loads(line) for line in sentences.read_text().splitlines()]
    long = [[tag if len(word) > 2 else None for word, tag in zip(row["tokens"], row["label"],
            strict=True)] for row in rows]  # fmt: skip
    path = base / "two.jsonl"
    path.write_text(
        "\n".join(json.dumps(row | {"long": own}) for row, own in zip(rows, long, strict=True))
    )
    folder = run(
        datasets=f'[{{path="{path}", target=["label", "long"], near_duplicates="ignore"}}]',
        models=f'[{{model="{base}/tiny", max_length=5}}]',
        poolers='[{pool="mean", layer=1}]',
    )
    frame = own(viewed(folder))
    counts = dict(zip(frame["dataset"], frame["n_texts"], strict=True))
    assert counts["two[long]"] < counts["two[label]"]
    for name, flags in zip(frame["dataset"], frame["flags"], strict=True):
        assert f"of {counts[name]:,}" in flags.partition("spans cut: ")[2]


def test_texts_without_the_chosen_tokens_are_flagged_from_the_cache_too(
    base: Path, run: Callable[..., RunFolder]
) -> None:
    poolers = '[{pool="mean", layer=1, tokens="/cat/"}, {layer=1, position=-8}, {layer=1}]'
    views = [viewed(run(poolers=poolers)) for _ in range(2)]
    data = datasets.load(DatasetSpec(str(base / "cats.jsonl")), base / "cats.jsonl")
    without = sum("cat" not in text for text in data.texts)
    short = sum(len(text.split()) + 2 < 8 for text in data.texts)
    told = [one.message for one in views[0].state.warnings if " texts " in one.message]
    assert f"{without} of 160 texts have no token that it chooses" in told[0]
    assert f"{short} of 160 texts are too short for its position" in told[1]
    assert views[1].state.passes[0].cached
    for view in views:
        frame = own(view)
        flags = dict(zip(frame["pooler"], frame["flags"], strict=True))
        said = "texts without the tokens chosen"
        assert f"{said}: {without} of 160" in flags["mean(tokens=[/cat/])"]
        assert f"{said}: {short} of 160" in flags["token(position=-8)"]
        assert said not in flags["token(quantile=-1)"]
