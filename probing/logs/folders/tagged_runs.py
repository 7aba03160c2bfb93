"""Filters of results that name tags of runs: the tags are read, the rest is left to the cells."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from probing.logs.folders.run_folder import RunFolder
from probing.logs.folders.run_marks import read_marks
from probing.query import fits, matches, parted

if TYPE_CHECKING:
    import polars as pl

TAG = "tag"


def without_tags(query: str) -> tuple[str, str]:
    """The terms of a filter that name tags, and all others; SQL knows no tags."""
    return parted(query, (TAG,))


def tagged(runs: Iterable[RunFolder], query: str) -> frozenset[str]:
    """The names, as results have them, of the runs whose tags fulfil `query`; reads their files."""
    return frozenset(run.column_name for run in runs if fits({TAG: read_marks(run).tags}, query))


def by_tags(runs: Collection[RunFolder], query: str) -> tuple[list[RunFolder], str]:
    """The runs whose tags fulfil a filter, and the rest of it, which their cells have to fulfil."""
    tags, rest = without_tags(query)
    names = tagged(runs, tags) if tags else frozenset()
    return [run for run in runs if not tags or run.column_name in names], rest


def tagged_matches(frame: pl.DataFrame, query: str, runs: Collection[RunFolder]) -> pl.DataFrame:
    """The rows of `frame` that fulfil a filter which may name tags; its column `run` names runs."""
    kept, rest = by_tags(runs, query)
    if len(kept) < len(runs):
        frame = frame.filter(frame["run"].is_in([run.column_name for run in kept]))
    return matches(frame, rest)


def tags_of(runs: Iterable[RunFolder]) -> list[str]:
    """Every tag of these runs, in order; reads their files."""
    return sorted({tag for run in runs for tag in read_marks(run).tags})
