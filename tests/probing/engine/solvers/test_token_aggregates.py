"""The forms of token probes against their published ones, text by text."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from probing.engine.solvers.networks import token_aggregates as forms
from probing.engine.solvers.networks.token_aggregates import PaddedTexts

LENGTHS = [3, 1, 7, 5]
TEXTS = PaddedTexts.of(torch.tensor(LENGTHS))


def _averages(scores: np.ndarray) -> np.ndarray:
    kept, before = [], 0.0
    for one in scores:
        before = 0.3 * one + 0.7 * before
        kept.append(before)
    return np.array(kept)


def _means(scores: np.ndarray, n: int) -> list[float]:
    n = min(n, len(scores))
    return [scores[at : at + n].mean() for at in range(len(scores) - n + 1)]


def _softmax(logits: np.ndarray) -> np.ndarray:
    return np.exp(logits) / np.exp(logits).sum()


ONE_BY_ONE: dict[str, tuple[forms.Aggregate, Callable[[np.ndarray], float]]] = {
    "mean": (forms.mean, np.mean),
    "max": (forms.largest, np.max),
    "softmax": (forms.softmax(0.5), lambda s: float(_softmax(s / 0.5) @ s)),
    "last": (forms.last(3), lambda s: float(s[-3:].mean())),
    "rolling": (forms.rolling(3), lambda s: max(_means(s, 3))),
    "ema": (forms.exponential(0.3), lambda s: float(_averages(s).max())),
}


def padded(tokens: torch.Tensor) -> torch.Tensor:
    return TEXTS.padded(tokens)


@pytest.mark.parametrize("name", ONE_BY_ONE)
def test_padding_changes_no_score(name: str) -> None:
    aggregate, one_by_one = ONE_BY_ONE[name]
    tokens = torch.randn(sum(LENGTHS), 2, 3, generator=torch.Generator().manual_seed(0))
    tokens = tokens.double() - 2  # below the 0 that padding holds
    found = aggregate(padded(tokens), TEXTS)
    expected = [
        [[one_by_one(text[:, p, k].numpy()) for k in range(3)] for p in range(2)]
        for text in torch.split(tokens, LENGTHS)
    ]
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-9)


def test_attention_is_the_published_form() -> None:
    generator = torch.Generator().manual_seed(1)
    n_heads, n_outputs, d = 2, 3, 5
    hidden = torch.randn(sum(LENGTHS), d, generator=generator).double()
    query = torch.randn(d, n_heads, generator=generator).double()
    value = torch.randn(d, n_heads, n_outputs, generator=generator).double()
    position = torch.randn(n_heads, generator=generator).double()
    expected = []
    for states in torch.split(hidden, LENGTHS):
        logits = states @ query + torch.arange(len(states))[:, None] * position[None]
        weights = logits.softmax(dim=0)
        values = torch.einsum("td,dhk->thk", states, value)
        expected.append((weights[..., None] * values).sum(dim=(0, 1)))
    places = torch.arange(max(LENGTHS))[None, :, None, None]
    logits = padded((hidden @ query)[:, None]) + places * position
    values = padded(torch.einsum("td,dhk->thk", hidden, value)[:, None])
    found = forms.attended(logits, values, TEXTS)
    torch.testing.assert_close(found[:, 0], torch.stack(expected))
