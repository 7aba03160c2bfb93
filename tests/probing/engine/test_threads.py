"""Pieces of work in threads: every item once, in order, and errors come home."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial

import pytest
import torch

from probing.engine.threads import Sharing, side_by_side


def counted(name: str, n: int) -> Iterator[tuple[str, int]]:
    for at in range(n):
        yield name, at


@pytest.mark.parametrize("sharing", [Sharing(1, 2), Sharing(2, 1), Sharing(5, 1)])
def test_every_item_comes_once_and_in_its_order(sharing: Sharing) -> None:
    pieces = [partial(counted, name, 200) for name in "abcdefg"]
    found = list(side_by_side(pieces, sharing))
    assert len(found) == 1400
    for name in "abcdefg":
        assert [at for one, at in found if one == name] == list(range(200))


def test_an_error_ends_all_and_is_raised() -> None:
    def broken() -> Iterator[tuple[str, int]]:
        yield "x", 0
        raise ValueError("no")

    endless = partial(counted, "y", 10**9)
    with pytest.raises(ValueError, match="no"):
        list(side_by_side([broken, endless], Sharing(2, 1)))


def test_threads_end_when_nobody_reads_on() -> None:
    before = {*threading.enumerate()}
    items = side_by_side([partial(counted, name, 10**9) for name in "ab"], Sharing(2, 1))
    assert next(items)[1] == 0
    items.close()
    assert {*threading.enumerate()} <= before


def test_a_piece_ends_in_the_middle_of_its_work() -> None:
    def busy() -> Iterator[int]:
        yield 0
        while True:
            torch.ones(3).sum()

    before = {*threading.enumerate()}
    items = side_by_side([busy, busy], Sharing(2, 1))
    assert [next(items), next(items)] == [0, 0]
    items.close()
    assert {*threading.enumerate()} <= before


def test_the_cores_are_shared_and_given_back() -> None:
    cores = torch.get_num_threads()
    torch.set_num_threads(4)
    try:
        assert Sharing.of(1, "cpu", 1) == Sharing(1, 4)
        assert Sharing.of(2, "cpu", 1) == Sharing(2, 2)
        assert Sharing.of(13, "cpu", 1) == Sharing(4, 1)
        assert Sharing.of(13, "cpu", 3 * 2**28) == Sharing(2, 2)
        assert Sharing.of(13, "cpu", 2**40) == Sharing(1, 4)
        assert Sharing.of(13, "cuda:0", 1) == Sharing(1, 4)

        def threads() -> Iterator[int]:
            yield torch.get_num_threads()

        assert list(side_by_side([threads, threads], Sharing.of(2, "cpu", 1))) == [2, 2]
        assert torch.get_num_threads() == 4
        seen: list[int] = []
        later = threading.Thread(target=lambda: seen.append(torch.get_num_threads()))
        later.start()
        later.join()
        assert seen == [4]
    finally:
        torch.set_num_threads(cores)
