"""The filter language: the same answer from a frame and from rows, one line when it is wrong."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from probing.errors import SpecError
from probing.query import fits, matches

FRAME = pl.DataFrame(
    {
        "run": ["a", "b", "c"],
        "dataset": ["Truth", "tense", "año"],
        "pooler": ["token(quantile=-1)", "mean", "token(quantile=0.5, specials=drop)"],
        "layer": [1, 2, None],
        "control": ["", "majority", ""],
        "f1": [0.5, None, 0.9],
    }
)

SIMPLE = {
    "": "abc",
    "truth": "a",
    "TOKEN layer<2": "a",
    "AÑO": "c",
    "control=": "ac",
    "control= layer=": "c",
    "control=''": "ac",
    "control!=": "b",
    "layer!=": "ab",
    "layer!=1": "bc",
    "layer == 1": "a",
    "f1>0.6": "c",
    "f1 <= 0.5": "a",
    "f1!=0.5": "bc",
    "layer>=1 layer<=2": "ab",
    "dataset=TRUTH": "a",
    "run>=b": "bc",
    "pooler=token(quantile=-1)": "a",
    "token(quantile=-1)": "a",
    'pooler="token(quantile=0.5, specials=drop)"': "c",
    '"0.5, specials"': "c",
    "nothing": "",
}

SQL = {
    "layer > 1 AND control = 'majority'": "b",
    "layer > 0 and control = ''": "a",
    "(layer > 1)": "b",
    "layer IN (1, 2)": "ab",
    "dataset LIKE 't%'": "b",
    "lower(dataset) = 'truth' OR f1 > 0.8": "ac",
    "layer <> 1": "b",
}

WRONG = {
    "layr=3": "did you mean 'layer'?",
    "layer=x": "'x' is not a number",
    "layer>": "has no value",
    "layr > 1 AND run = 'a'": "did you mean 'layer'?",
    "layer OR": "is not a filter",
    "a' OR 'b": "is not a filter",
}


@pytest.mark.parametrize(("query", "runs"), {**SIMPLE, **SQL}.items())
def test_matches(query: str, runs: str) -> None:
    assert matches(FRAME, query)["run"].to_list() == list(runs)


@pytest.mark.parametrize(("query", "runs"), SIMPLE.items())
def test_rows_fit_as_frames_match(query: str, runs: str) -> None:
    assert [row["run"] for row in FRAME.to_dicts() if fits(row, query)] == list(runs)


@pytest.mark.parametrize(("query", "message"), WRONG.items())
def test_wrong_queries_are_one_line(query: str, message: str) -> None:
    with pytest.raises(SpecError) as caught:
        matches(FRAME, query)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_rows_refuse_sql() -> None:
    with pytest.raises(SpecError, match="is not a filter"):
        fits({"layer": 1}, "layer > 1 OR layer < 0")


@given(st.text(max_size=40))
def test_any_text_gives_rows_or_a_spec_error(query: str) -> None:
    try:
        found = matches(FRAME, query)
    except SpecError:
        return
    assert found.columns == FRAME.columns
    assert found.height <= FRAME.height
