"""A cell for each of several positions: poolers, their labels, and the column of results."""

from __future__ import annotations

import polars as pl
import pytest

from probing.errors import SpecError
from probing.logs.results.axes import with_axes
from probing.spec import PoolerSpec, every_pooler, parse, position_of

SPEC = """
datasets = ["a"]
models = ["m"]
classifiers = ["LDA"]
poolers = [
    { quantile = [0, 0.25, 1], quantile_method = "each", layer = "each" },
    { position = [-1, -2, -5], quantile_method = "each", specials = "drop" },
    { position = [-1, -2] },
    "mean",
]
"""


def test_each_is_a_pooler_for_each_position() -> None:
    labels = [pooler.label for pooler in parse(SPEC, "s.toml").poolers]
    assert labels == [
        *(f"token(quantile={at})" for at in ("0", "0.25", "1")),
        *(f"token(position={at}, specials=drop)" for at in (-1, -2, -5)),
        *("token(position=[-1,-2])", "mean"),
    ]
    places = [position_of(label) for label in labels]
    assert places == [0.0, 0.25, 1.0, -1.0, -2.0, -5.0, None, None]
    frame = with_axes(pl.DataFrame({"pooler": [*labels, None]}))
    assert frame["position"].to_list() == [*places, None]


def test_a_pooler_twice_is_one() -> None:
    first = PoolerSpec(quantile=0.5)
    assert every_pooler([first, PoolerSpec(quantile=(0.5, 1), quantile_method="each")]) == (
        first, PoolerSpec(quantile=1.0)
    )  # fmt: skip


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"pool": "mean", "quantile_method": "each"}, 'needs pool = "token"'),
        ({"pool": "last", "position": -2}, 'position needs pool = "token"'),
        ({"pool": "mean", "quantile": [0, 1]}, 'quantile needs pool = "token"'),
        ({"position": -2, "quantile": 0.5}, "both say which token"),
        ({"position": "last"}, "no place of a token"),
        ({"position": [1, True]}, "no place of a token"),
        ({"layer_method": "each"}, "layer_method"),
    ],
)
def test_what_says_no_position_is_told(keys: dict[str, object], said: str) -> None:
    with pytest.raises(SpecError, match=said):
        PoolerSpec(**keys)  # type: ignore[arg-type]
