"""Open what a probe sees from a row of Results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from probing.logs import RunFolder
from tui.predictions.looked import looked_of
from tui.predictions.screen import PredictionsScreen

if TYPE_CHECKING:
    import polars as pl


class Wanted(Protocol):
    """A series by its key in a frame of results, a layer of it, and those to compare it with."""

    frame: pl.DataFrame
    key: tuple[str, ...]
    layer: int | None
    pinned: tuple[tuple[str, ...], ...]


def predictions_screen(wanted: Wanted, runs: Mapping[str, RunFolder]) -> PredictionsScreen | None:
    """The screen of a series; None where it has no finished cell."""
    looked = looked_of(wanted.frame, wanted.key)
    if looked is None:
        return None
    found = (looked_of(wanted.frame, key) for key in wanted.pinned)
    return PredictionsScreen(looked, runs, wanted.layer, [one for one in found if one])
