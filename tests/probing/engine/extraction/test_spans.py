"""Rows that are words, spans or positions of texts: the features that plain passes give."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import torch

from probing.engine.extraction import extract, tokenize_ahead
from probing.engine.models import LMModel
from probing.spec import PoolerSpec
from tests.support.texts import make_texts
from tests.support.tiny_models import save_model

TEXTS = [*make_texts(14, longest=9, seed=3), "the cat sat", "the cat sat"]
POOLERS = [
    *(PoolerSpec(pool=pool) for pool in ("mean", "max", "min", "first", "last")),
    PoolerSpec(quantile=(0.0, 1.0), layer=2, quantile_method="mean"),
    PoolerSpec(layer=(1, 3), layer_method="concat"),
    PoolerSpec(pool="mean", skip_first=2, layer=1),
    PoolerSpec(pool="mean", site="mlp", layer=2),
]


@pytest.fixture(scope="module", params=["bert", "llama"])
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> LMModel:
    folder = tmp_path_factory.mktemp(request.param)
    return LMModel(str(save_model(folder, request.param, cls=request.param == "bert")))


def word_rows() -> tuple[list[str], np.ndarray]:
    rows, spans = [], []
    for text in TEXTS:
        for match in re.finditer(r"\S+", text):
            rows.append(text)
            spans.append([match.span()])
    order = np.random.default_rng(0).permutation(len(rows))  # rows of a text need not be together
    return [rows[at] for at in order], np.array(spans)[order]


def states(model: LMModel, text: str) -> list[torch.Tensor]:
    return [state[0] for state in model([text]).hidden_states]


def tokens_in(model: LMModel, text: str, start: int, end: int) -> list[int]:
    encoded = model.tokenizer(text)
    found = {encoded.char_to_token(at) for at in range(start, end)} - {None}
    return sorted(found)


def test_words_have_what_a_plain_pass_gives_their_tokens(
    model: LMModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokenize_ahead, "_CHUNK", 3)
    rows, spans = word_rows()
    pooled = {
        "mean": lambda part: part.mean(0),
        "max": lambda part: part.amax(0),
        "min": lambda part: part.amin(0),
        "first": lambda part: part[0],
        "last": lambda part: part[-1],
    }
    found = extract(model, rows, POOLERS, spans=spans, token_budget=40)
    for row, (text, ((start, end),)) in enumerate(zip(rows, spans.tolist(), strict=True)):
        layers, at = states(model, text), tokens_in(model, text, start, end)
        for name, pool in pooled.items():
            wanted = torch.stack([pool(layer[at]) for layer in layers])
            got = found.features[PoolerSpec(pool=name)][:, row, 0]
            torch.testing.assert_close(got, wanted, rtol=1e-4, atol=1e-5)
        ends = (layers[2][at[0]] + layers[2][at[-1]]) / 2
        torch.testing.assert_close(found.features[POOLERS[5]][0, row, 0], ends)
        samples = torch.stack([layers[1][at[-1]], layers[3][at[-1]]])
        torch.testing.assert_close(found.features[POOLERS[6]][0, row], samples)
        # of the text's first tokens nothing is left, and then the word's last stands for it
        kept = [one for one in at if one >= 2] or at[-1:]
        torch.testing.assert_close(found.features[POOLERS[7]][0, row, 0], layers[1][kept].mean(0))
    assert found.n_tokens == sum(len(model.tokenizer(text).input_ids) for text in set(TEXTS))
    assert not found.lost.any() and found.layout.kind == "packed"
    n_early = sum(
        max(tokens_in(model, text, *span[0])) < 2
        for text, span in zip(rows, spans.tolist(), strict=True)
    )
    assert found.fallbacks[POOLERS[7]] == n_early > 0


def test_pairs_of_spans_lie_side_by_side(model: LMModel) -> None:
    text = "the red cat sat on a mat"
    spans = np.array([[(4, 11), (21, 24)], [(0, 3), (0, 24)]])
    mean, last = PoolerSpec(pool="mean", layer=2), PoolerSpec(pool="last", layer=3)
    ends = PoolerSpec(quantile=(0.0, 1.0), layer=1)
    found = extract(model, [text, text], [mean, last, ends], spans=spans).features
    layers = states(model, text)
    for row, pair in enumerate(spans.tolist()):
        parts = [tokens_in(model, text, *span) for span in pair]
        wanted = torch.cat([layers[2][at].mean(0) for at in parts])
        torch.testing.assert_close(found[mean][0, row, 0], wanted)
        wanted = torch.cat([layers[3][at[-1]] for at in parts])
        torch.testing.assert_close(found[last][0, row, 0], wanted)
        wanted = torch.cat([layers[1][at[place]] for at in parts for place in (0, -1)])
        torch.testing.assert_close(found[ends][0, row, 0], wanted)


def test_recorded_batches_and_padding_give_the_same(model: LMModel) -> None:
    rows, spans = word_rows()
    pooler = PoolerSpec(pool="mean")
    first = extract(model, rows, [pooler], spans=spans, token_budget=30)
    again = extract(model, rows, [pooler], spans=spans, batches=first.batches)
    assert torch.equal(first.features[pooler], again.features[pooler])
    assert again.batches == first.batches
    model.layouts.clear()
    model.body._can_set_attn_implementation = lambda: False
    padded = extract(model, rows, [pooler], spans=spans)
    del model.body._can_set_attn_implementation
    model.layouts.clear()
    assert padded.layout.kind == "padded"
    torch.testing.assert_close(padded.features[pooler], first.features[pooler])


def test_words_beyond_the_length_are_counted(tmp_path: Path) -> None:
    model = LMModel(str(save_model(tmp_path, "bert")), max_length=5)
    text = "the cat sat on a mat"
    spans = np.array([[match.span()] for match in re.finditer(r"\S+", text)])
    found = extract(model, [text] * 6, [PoolerSpec(pool="mean")], spans=spans)
    assert found.lost.tolist() == found.cut.tolist() == [False] * 3 + [True] * 3
    assert found.truncated.all()
