"""Packed texts are a sequence like any other; many of them take few bytes."""

from __future__ import annotations

import tempfile
import tracemalloc
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from probing.datasets.packed import spilled_bytes
from probing.datasets.packed.shares import Shares
from probing.datasets.packed.spilled_bytes import SpilledBytes
from probing.datasets.packed.texts import PackedTexts, column_of, taken

AWKWARD = ["", "", "a", "", "é", "\ud800", "\0", "a b", "a b", "\U0001f600" * 3, "", "x" * 5000]


@pytest.mark.parametrize("most_held", [1, 7, 2**24])
def test_they_are_what_was_put_in(most_held: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spilled_bytes, "MOST_HELD", most_held)
    packed = PackedTexts(AWKWARD)
    assert len(packed) == len(AWKWARD) and list(packed) == AWKWARD
    assert [packed[at] for at in range(len(packed))] == AWKWARD
    assert packed[-1] == AWKWARD[-1] and packed[-12] == ""
    for part in (slice(None), slice(2, 9), slice(9, 2), slice(None, None, -2), slice(5, 99)):
        assert packed[part] == tuple(AWKWARD[part])
    with pytest.raises(IndexError):
        packed[len(AWKWARD)]


def test_they_equal_other_sequences_of_the_same_texts() -> None:
    packed = PackedTexts(["a", "b"])
    assert packed == ("a", "b") == packed and packed == PackedTexts(["a", "b"])
    assert packed != ("a",) and packed != ["a", "c"] and packed != "ab" and packed != 1


def test_a_text_for_each_of_its_words_is_held_once() -> None:
    packed = PackedTexts(text for text in ("one two", "three") for _ in range(1000))
    rows = list(packed)
    assert rows == ["one two"] * 1000 + ["three"] * 1000
    assert rows[0] is rows[999] and len(packed._bytes) == len("one twothree")


def test_a_text_may_be_larger_than_a_piece() -> None:
    texts = ["a" * 2**20, "b" * (2**21 + 1), "c"] * 2
    assert list(PackedTexts(texts)) == texts


@pytest.mark.parametrize("values", [["a", "b"], ["a", None], [None], [1, "a"], [], ["a", True]])
def test_a_column_is_what_was_put_in(values: list[Any]) -> None:
    made = column_of(values)
    assert list(made) == values
    assert isinstance(made, PackedTexts) == all(isinstance(one, str) for one in values)
    assert list(taken(made, range(len(values)))[::-1]) == values[::-1]


def test_without_room_on_the_disk_they_stay_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    data = SpilledBytes(most_held=4)
    data.append(b"01234")
    monkeypatch.setattr(spilled_bytes, "_write", _refuse)
    data.append(b"56789")
    data.append(b"abc")
    assert data.read(0, 13) == b"0123456789abc" and data.read(3, 7) == b"3456"
    monkeypatch.setattr(tempfile, "TemporaryFile", _refuse)
    other = SpilledBytes(most_held=1)
    other.append(b"ab")
    assert other.read(0, 2) == b"ab" and other.read(1, 1) == b""


def _refuse(*arguments: Any) -> None:
    raise OSError(28, "No space left on device")


def test_numbers_are_dealt_to_their_shares() -> None:
    rng = np.random.default_rng(0)
    shares, dealt = Shares(4, np.uint64), list[tuple[int, int]]()
    for n in (0, 1000, 7):
        own, values = rng.integers(0, 3, n).astype(np.uint8), rng.integers(0, 2**63, n)
        shares.deal(own, values)
        dealt += zip(own.tolist(), values.tolist(), strict=True)
    for at, got in enumerate(shares):
        assert got.tolist() == [value for share, value in dealt if share == at]


def test_many_take_few_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spilled_bytes, "MOST_HELD", 2**16)
    n_texts = 20_000
    assert _peak(lambda: PackedTexts(f"a text of some length {at}" for at in range(n_texts))) < (
        20 * n_texts
    )


def _peak(make: Any) -> int:
    tracemalloc.start()
    made: Sequence[str] = make()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(made)
    return peak
