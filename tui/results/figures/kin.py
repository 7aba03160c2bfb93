"""The series that a figure around one of them needs: those that differ from it in little."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui.plot.series import PARTS, Key, Series
from tui.results.view import Shown

if TYPE_CHECKING:
    from tui.results.series_table import Mask, SeriesTable, Whole

MOST, MOST_LISTED = 600, 240
APART = 2  # parts in which a row and a column of a grid differ


def kin_of(shown: Shown, keys: Sequence[Key]) -> list[Series]:
    """The series that differ in two parts at most from any of these, with their controls.

    The filter does not hide them; of very many those are left out that are last.
    """
    if shown.listing is None or not keys:
        return []
    import numpy as np  # the rows that are shown needed it already

    listing = shown.listing
    table = listing.table
    near: Mask = np.zeros(table.n, np.bool_)
    for key in dict.fromkeys(keys):
        near |= _distance(table, key) <= APART
    every = listing.every
    from tui.results.lines import read_series

    return read_series(listing, every[near[every]][:MOST], listing.is_known)


def _distance(table: SeriesTable, key: Key) -> Whole:
    """By series, in how many parts it differs from a key; an empty part differs from none."""
    import numpy as np

    found = np.zeros(table.n, np.int64)
    for part, name in zip(PARTS[:-1], key, strict=False):
        own = table.names[part]
        found += ~((own == name) | (own == "")).to_numpy()
    return found


def listed(shown: Shown) -> tuple[list[Series], int]:
    """The series of the table with their controls, and how many of the table are left out."""
    if shown.listing is None:
        return [], 0
    from tui.results.lines import read_series

    listing = shown.listing
    kept = listing.rest[:MOST_LISTED].tolist()
    beside = [at for one in kept for at in listing.beside(one).values()]
    numbers = list(dict.fromkeys([*kept, *beside]))
    return read_series(listing, numbers, listing.is_known), len(listing.rest) - len(kept)
