"""Poolers against values worked out by hand."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from probing.engine.pooling import (
    PoolFirst,
    PoolLast,
    PoolMax,
    PoolMean,
    PoolMin,
    PoolToken,
    TextTokens,
)
from probing.errors import CellError, SpecError

N_LAYERS, SEQ, WIDTH = 4, 6, 3


def output(mask: list[list[int]], specials: list[list[int]] | None = None) -> dict[str, object]:
    """A stand-in for a Hugging Face output: layer l, text b, token t, feature d is lbtd."""
    parts = torch.meshgrid(*(torch.arange(n) for n in (N_LAYERS + 1, len(mask), SEQ, WIDTH)),
                           indexing="ij")  # fmt: skip
    states = sum(part * 10.0 ** (3 - at) for at, part in enumerate(parts))
    # padding must never be read
    states[:, ~torch.tensor(mask).bool()] = torch.nan
    values = {"hidden_states": tuple(states), "attention_mask": torch.tensor(mask)}
    return values | ({} if specials is None else {"special_tokens_mask": torch.tensor(specials)})


RIGHT = [[1, 1, 1, 1, 1, 0], [1, 1, 1, 0, 0, 0]]
LEFT = [[0, 1, 1, 1, 1, 1], [0, 0, 0, 1, 1, 1]]


def tokens(features: torch.Tensor) -> list[int]:
    return [int(value) for value in features[..., 0].flatten() // 10 % 10]


@pytest.mark.parametrize(("mask", "shift"), [(RIGHT, (0, 0)), (LEFT, (1, 3))])
@pytest.mark.parametrize(
    ("quantile", "expected"),
    [(0.0, (0, 0)), (0.4, (2, 1)), (1, (4, 2)), (-1, (4, 2)), (0.5, (2, 1))],
)
def test_quantile_counts_real_tokens(
    mask: list[list[int]], shift: tuple[int, int], quantile: float, expected: tuple[int, int]
) -> None:
    pooled = PoolToken(quantile=quantile)(output(mask))
    assert pooled.shape == (2, WIDTH) and pooled.dtype == torch.float32
    assert tokens(pooled) == [at + by for at, by in zip(expected, shift, strict=True)]
    assert int(pooled[0, 0]) // 1000 == N_LAYERS - 1


@given(st.integers(1, SEQ), st.floats(0, 1), st.integers(0, SEQ - 1))
def test_quantile_is_floor_of_q_times_n_less_one_plus_half(
    length: int, quantile: float, start: int
) -> None:
    start = min(start, SEQ - length)
    mask = [[int(start <= at < start + length) for at in range(SEQ)]]
    expected = start + math.floor(quantile * (length - 1) + 0.5)
    assert tokens(PoolToken(quantile=quantile)(output(mask))) == [expected]


def test_named_pools() -> None:
    for mask in (RIGHT, LEFT):
        values = output(mask)
        for row, (first, count) in enumerate([(mask[0].index(1), 5), (mask[1].index(1), 3)]):
            base = 3000 + row * 100
            last = first + count - 1
            for pooler, token in ((PoolFirst, first), (PoolLast, last), (PoolMin, first),
                                  (PoolMax, last), (PoolMean, (first + last) / 2)):  # fmt: skip
                assert pooler()(values)[row, 0] == pytest.approx(base + token * 10)


def test_layers() -> None:
    values = output(RIGHT)
    last = [3040.0, 3120.0]
    assert PoolToken()(values)[:, 0].tolist() == last
    assert PoolToken(layer=0)(values)[:, 0].tolist() == [40, 120]
    assert PoolToken(layer="all", layer_method="mean")(values)[:, 0].tolist() == [2040, 2120]
    assert PoolToken(layer=[1, 3], layer_method="max")(values)[:, 0].tolist() == last
    assert PoolToken(layer=[1, 3], layer_method="min")(values)[:, 0].tolist() == [1040, 1120]
    assert PoolToken(layer=[3, 1])(values)[0, ::WIDTH].tolist() == [3040, 1040]
    assert PoolToken(layer=[3, 1])(values).shape == (2, 2 * WIDTH)
    concat = PoolToken(layer=[3, 1], layer_method="concat")(values)
    assert concat.shape == (2, 2, WIDTH) and concat[1, :, 0].tolist() == [3120, 1120]
    each = PoolToken(layer="each")(values)
    assert each.shape == (N_LAYERS + 1, 2, WIDTH) and each[:, 0, 0].tolist() == [
        40, 1040, 2040, 3040, 4040,
    ]  # fmt: skip


def test_quantile_lists_come_before_layers() -> None:
    values = output(RIGHT)
    assert PoolToken(quantile=[0, 1])(values)[0, ::WIDTH].tolist() == [3000, 3040]
    assert PoolToken(quantile=[0, 1], quantile_method="mean")(values)[0, 0] == 3020
    both = PoolToken(layer=[1, 2], quantile=[0, 1])(values)
    assert both[0, ::WIDTH].tolist() == [1000, 1040, 2000, 2040]
    samples = PoolToken(layer=[1, 2], quantile=[0, 1], quantile_method="concat")(values)
    assert samples.shape == (2, 2, 2 * WIDTH)
    assert samples[0, :, ::WIDTH].tolist() == [[1000, 2000], [1040, 2040]]
    all_samples = PoolToken(layer=[1, 2], quantile=[0, 1], layer_method="concat",
                            quantile_method="concat")(values)  # fmt: skip
    assert all_samples[0, :, 0].tolist() == [1000, 1040, 2000, 2040]


def test_specials_and_skipped_tokens() -> None:
    specials = [[1, 0, 0, 0, 1, 0], [1, 0, 1, 0, 0, 0]]
    values = output(RIGHT, specials)
    assert tokens(PoolToken(quantile=0)(values)) == [0, 0]
    assert tokens(PoolToken(quantile=0, specials="drop")(values)) == [1, 1]
    assert tokens(PoolToken(specials="drop")(values)) == [3, 1]
    assert tokens(PoolToken(quantile=0, skip_first=2)(values)) == [2, 2]
    assert PoolMean(specials="drop")(values)[0, 0] == 3020
    assert tokens(PoolToken(quantile=0, specials="drop")(output(RIGHT))) == [0, 0]


def test_a_text_of_which_nothing_is_left_gives_its_last_token() -> None:
    pooler = PoolMean(specials="drop", skip_first=2)
    mask, specials = torch.tensor(RIGHT), torch.tensor([[1, 0, 0, 0, 1, 0], [1, 0, 1, 0, 0, 0]])
    selection = pooler.token_pool.select(TextTokens.padded(mask, specials))
    assert selection.fallback.tolist() == [False, True]
    assert tokens(pooler(output(RIGHT, specials.tolist()))) == [3, 2]


def test_what_cannot_be_pooled_is_said() -> None:
    with pytest.raises(SpecError, match="layer 9"):
        PoolToken(layer=9)(output(RIGHT))
    with pytest.raises(SpecError, match=r"between 0 and 1"):
        PoolToken(quantile=1.5)
    with pytest.raises(SpecError, match="extract"):
        PoolToken(site="attn")(output(RIGHT))
    with pytest.raises(CellError, match="text 1"):
        PoolToken()(output([RIGHT[0], [0] * SEQ]))


def test_half_precision_is_pooled_in_float32() -> None:
    values = output(RIGHT)
    values["hidden_states"] = tuple(torch.full((2, SEQ, WIDTH), 60000.0).half() for _ in range(5))
    assert PoolMean()(values).tolist() == [[pytest.approx(60000, rel=1e-3)] * WIDTH] * 2
