"""The usual spellings of training, validation and test part."""

from __future__ import annotations

from collections.abc import Iterable

SPELLINGS = {
    "train": ("train", "training", "tr", "trn"),
    "val": ("val", "valid", "validation", "dev", "devel", "development", "va", "eval"),
    "test": ("test", "testing", "te", "tst", "heldout", "held-out", "held_out"),
}
_KNOWN = {spelling: part for part, spellings in SPELLINGS.items() for spelling in spellings}


def part_of(spelling: object) -> str | None:
    """`train`, `val` or `test`, in any usual spelling; None for anything else."""
    return _KNOWN.get(str(spelling).strip().lower())


def make_a_split(spellings: Iterable[object]) -> bool:
    """Whether the names are parts of one dataset: training, and one more of another kind."""
    parts = [part_of(spelling) for spelling in spellings]
    return "train" in parts and len({part for part in parts if part}) > 1
