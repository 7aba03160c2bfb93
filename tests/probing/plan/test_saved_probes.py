"""Which probes a spec saves, what they are called, and what they cost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from probing.errors import SpecError
from probing.plan import Cell
from probing.plan.saved_probes import saves
from probing.spec import ClassifierSpec, DatasetSpec, ModelSpec, PoolerSpec, Spec

CELL = Cell("d", "binary", "m", "resid", "mean", 3, "LDA", "")


def a_spec(wanted: str, **changes: object) -> Spec:
    return Spec(
        (DatasetSpec("d"),),
        (ModelSpec("m"),),
        (PoolerSpec("mean"),),
        (ClassifierSpec("LDA"),),
        save_probes=wanted,
        **changes,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("wanted", "is_saved"),
    [("all", True), ("none", False), ("chosen", False), ("layer>3", False), ("layer=3 LDA", True)],
)
def test_a_filter_says_which_cells_are_saved(wanted: str, is_saved: bool) -> None:
    assert saves(a_spec(wanted), CELL) is is_saved
    assert not saves(a_spec(wanted), replace(CELL, control="majority"))
    assert not saves(a_spec(wanted), replace(CELL, trained_on="other"))


def test_a_filter_that_is_none_is_refused() -> None:
    with pytest.raises(SpecError, match="no column 'lair'"):
        saves(a_spec("lair=3"), CELL)
    with pytest.raises(SpecError):
        a_spec("")
