"""Texts as UTF-8, one after another: a string has 49 bytes beside its characters."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, overload

from probing.datasets.packed.spilled_bytes import SpilledBytes

_ROWS, _BYTES = 4096, 2**20  # that are made strings of at once


class PackedTexts(Sequence[str]):
    """A sequence of texts in 12 bytes each and theirs, which lie in a temporary file once they are
    many. One that is equal to the text before it is held once.
    """

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._bytes, self._starts, self._sizes = SpilledBytes(), array("q"), array("i")
        self._last: str | None = None
        for text in texts:
            self.append(text)

    def append(self, text: str) -> None:
        """Put a text behind all that are there."""
        if text != self._last:
            data = text.encode("utf-8", "surrogatepass")
            self._starts.append(len(self._bytes))
            self._sizes.append(len(data))
            self._bytes.append(data)
            self._last = text
        else:
            self._starts.append(self._starts[-1])
            self._sizes.append(self._sizes[-1])

    def __len__(self) -> int:
        return len(self._starts)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[str, ...]: ...
    def __getitem__(self, at: int | slice) -> str | tuple[str, ...]:
        """One text, or several as strings."""
        if isinstance(at, slice):
            rows = range(*at.indices(len(self)))
            if rows.step == 1:
                return tuple(self._between(rows.start, max(rows.start, rows.stop)))
            return tuple(self[row] for row in rows)
        start = self._starts[at]
        return _text(self._bytes.read(start, start + self._sizes[at]))

    def __iter__(self) -> Iterator[str]:
        return self._between(0, len(self))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or isinstance(other, (str, bytes)):
            return NotImplemented
        return len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"PackedTexts({list(self)!r})"

    def _between(self, first: int, last: int) -> Iterator[str]:
        """The texts of some rows; those of neighbours that are equal are one string."""
        while first < last:
            origin = self._starts[first]
            most = bisect_right(self._starts, origin + _BYTES, first, min(first + _ROWS, last))
            yield from self._piece(first, max(most, first + 1), origin)
            first = max(most, first + 1)

    def _piece(self, first: int, last: int, origin: int) -> Iterator[str]:
        """The texts of rows that lie one behind the other from `origin` on."""
        data = self._bytes.read(origin, self._starts[last - 1] + self._sizes[last - 1])
        known, text = (-1, -1), ""
        for place in zip(self._starts[first:last], self._sizes[first:last], strict=True):
            if place != known:
                start, known = place[0] - origin, place
                text = _text(data[start : start + place[1]])
            yield text


class Column:
    """Takes the values of a column one by one: texts are packed while there is nothing else."""

    def __init__(self, n_missing: int = 0) -> None:
        self.values: list[Any] | PackedTexts = [None] * n_missing if n_missing else PackedTexts()

    def append(self, value: Any) -> None:
        """Put a value behind all that are there."""
        if isinstance(self.values, PackedTexts) and type(value) is not str:
            self.values = list(self.values)
        self.values.append(value)


def column_of(values: Iterable[Any]) -> Sequence[Any]:
    """The values, packed where all are texts."""
    column = Column()
    for value in values:
        column.append(value)
    return column.values


def packed(texts: Sequence[str]) -> PackedTexts:
    """The texts, as they are where they are packed."""
    return texts if isinstance(texts, PackedTexts) else PackedTexts(texts)


def taken(values: Sequence[Any], rows: Iterable[int]) -> Sequence[Any]:
    """The values at some rows, packed as they were."""
    own = (values[at] for at in rows)
    return PackedTexts(own) if isinstance(values, PackedTexts) else list(own)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogatepass")
