"""Texts that are tokenised and run window by window: the same features, and in little memory."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from itertools import chain, pairwise
from pathlib import Path

import numpy as np
import pytest
import torch

from probing.engine.extraction import PassProgress, PassStopped, extract
from probing.engine.extraction.batches import in_windows
from probing.engine.extraction.forward import Forward
from probing.engine.models import LMModel
from probing.engine.models.asked_of_tokens import NOTHING
from probing.errors import RunError
from probing.spec import PoolerSpec
from tests.support.texts import make_texts
from tests.support.tiny_models import save_model

ONCE = make_texts(45, seed=3)
TEXTS = [*ONCE[:20], *ONCE[5:10], *ONCE[20:], ONCE[0]]
MEAN = PoolerSpec(pool="mean")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> LMModel:
    return LMModel(str(save_model(tmp_path_factory.mktemp("model"), "gpt2")))


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Windows of eleven texts, and no thread left behind."""
    monkeypatch.setattr(sys.modules["probing.engine.extraction.whole_pass"], "WINDOW", 11)
    before = {*threading.enumerate()}  # others may end meanwhile
    yield
    assert {*threading.enumerate()} <= before


def features(model: LMModel, **options: object) -> torch.Tensor:
    return extract(model, TEXTS, [MEAN], token_budget=40, **options).features[MEAN]  # type: ignore[arg-type]


def test_windows_change_no_feature(model: LMModel, windows: None) -> None:
    told: list[list[list[int]]] = []
    seen: list[PassProgress] = []
    read = extract(
        model, TEXTS, [MEAN], token_budget=40, on_batches=told.append, on_progress=seen.append
    )
    first = sorted({TEXTS.index(text) for text in TEXTS})
    assert sorted(chain.from_iterable(read.batches)) == first and len(first) < len(TEXTS)
    place = {row: at for at, row in enumerate(first)}
    for batch in read.batches:
        assert len({place[row] // 11 for row in batch}) == 1
    assert len(told) == -(-len(first) // 11) and told[-1] == read.batches
    assert all(one == other[: len(one)] for one, other in pairwise(told))
    assert seen[-1].tokens_done == seen[-1].tokens_total == read.n_tokens
    lone = [extract(model, [text], [MEAN]).features[MEAN] for text in TEXTS]
    torch.testing.assert_close(read.features[MEAN], torch.cat(lone, 1), atol=1e-5, rtol=1e-4)
    assert read.lengths.tolist() == [
        int(extract(model, [text], [MEAN]).lengths[0]) for text in TEXTS
    ]


def test_recorded_batches_are_run_again(model: LMModel, windows: None) -> None:
    read = extract(model, TEXTS, [MEAN], token_budget=40)
    again = extract(model, TEXTS, [MEAN], token_budget=20, batches=read.batches)
    assert again.batches == read.batches
    assert torch.equal(again.features[MEAN], read.features[MEAN])


def test_a_pass_that_was_cut_off_goes_on_with_the_batches_it_told(
    model: LMModel, windows: None
) -> None:
    told: list[list[list[int]]] = []
    whole = extract(model, TEXTS, [MEAN], token_budget=40, on_batches=told.append)
    again = extract(model, TEXTS, [MEAN], token_budget=40, batches=told[1])
    assert again.batches == whole.batches


def test_a_pass_that_goes_on_forgets_no_recorded_batch(model: LMModel, windows: None) -> None:
    whole = extract(model, TEXTS, [MEAN], token_budget=40)
    told: list[list[list[int]]] = []
    extract(model, TEXTS, [MEAN], batches=whole.batches, on_batches=told.append)
    assert len(told) > 3 and all(one == whole.batches for one in told)


def test_batches_that_keep_to_no_window_are_run_as_they_are(model: LMModel, windows: None) -> None:
    rows = sorted({TEXTS.index(text) for text in TEXTS})
    batches = [rows[at::7] for at in range(7)]
    read = extract(model, TEXTS, [MEAN], batches=batches)
    assert read.batches == batches
    torch.testing.assert_close(read.features[MEAN], features(model), atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize(
    "batches", [[[0, 1, 2]], [[0, 1, 2, 3], [0]], [[9]], [[0, 1, 2, 3], []], [[0, 1, 2, 3, 8]]]
)
def test_batches_of_another_dataset_are_told_apart(batches: list[list[int]]) -> None:
    # six texts, of which 2 is 0 again
    rows, places = np.array([0, 1, 3, 4, 5]), np.array([0, 1, 0, 2, 3, 4])
    with pytest.raises(RunError, match="batches"):
        in_windows(batches, rows, places, 3)


def test_the_next_window_is_tokenised_while_one_is_run(
    model: LMModel, windows: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokenise, forward = model.tokenise, Forward.__call__
    calls, second = list[str](), threading.Event()

    def counted(texts, rows=None, asked=NOTHING):  # type: ignore[no-untyped-def]
        calls.append(threading.current_thread().name)
        if len(calls) == 2:
            second.set()
        return tokenise(texts, rows, asked)

    def waits(self, tokens, rows):  # type: ignore[no-untyped-def]
        assert second.wait(timeout=30)
        return forward(self, tokens, rows)

    monkeypatch.setattr(model, "tokenise", counted)
    monkeypatch.setattr(Forward, "__call__", waits)
    features(model)
    assert len(calls) == -(-len(set(TEXTS)) // 11) > 3
    assert threading.main_thread().name not in calls


def test_a_pass_that_is_stopped_or_breaks_ends_its_thread(model: LMModel, windows: None) -> None:
    asked: list[int] = []
    with pytest.raises(PassStopped):
        features(model, stop=lambda: asked.append(1) or len(asked) > 6)

    def broken(now: PassProgress) -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        features(model, on_progress=broken)


def test_what_tokenising_raises_comes_home(
    tmp_path: Path, windows: None, monkeypatch: pytest.MonkeyPatch, model: LMModel
) -> None:
    tokenise = model.tokenise

    def fails_late(texts, rows=None, asked=NOTHING):  # type: ignore[no-untyped-def]
        if rows and max(rows) > 20:
            raise TimeoutError("the tokenizer gave up")
        return tokenise(texts, rows, asked)

    monkeypatch.setattr(model, "tokenise", fails_late)
    with pytest.raises(TimeoutError, match="gave up"):
        features(model)
