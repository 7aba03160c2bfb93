"""Read the header of a GGUF file: the facts about its model, and its tensors.

The layout is that of https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, versions 2 and 3.
"""

from __future__ import annotations

import math
import mmap
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from probing.catalog.files.foreign_files import read_head
from probing.errors import ModelError

_NUMBERS = dict(enumerate("BbHhIif?")) | {10: "Q", 11: "q", 12: "d"}
_TEXT, _LIST = 8, 9
_MOST_KEYS, _MOST_TENSORS, _MOST_DIMENSIONS = 100_000, 100_000, 8
_MOST_ITEMS = 5_000_000  # of all lists; the largest vocabularies have a quarter of a million
_LARGEST = 2**50  # numbers of a tensor
_KEPT_ITEMS = 4096  # longer lists are those of the vocabulary
# numbers in a block and its bytes, by the number of the type
_TYPES = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34),
    9: (32, 36), 10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210),
    15: (256, 292), 24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8), 30: (1, 2),
}  # fmt: skip
FLOAT_TYPES = {0: "float32", 1: "float16", 30: "bfloat16"}


@dataclass(frozen=True)
class GgufHeader:
    """`values` by key; a longer list is its length. `tensors` are numbers and type by name."""

    values: dict[str, Any]
    tensors: dict[str, tuple[int, int]]


def read_gguf(path: Path, name: str) -> GgufHeader:
    """The header of a file of the model `name`; raises `ModelError` where it is not whole."""
    if read_head(path, name, 4) != b"GGUF":
        raise ModelError(f"{path.name} is not a GGUF file", where=name, hint="download it again")
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return _Reader(data).header()
    except (struct.error, ValueError, IndexError, OverflowError) as error:
        what = f"{path.name} is damaged or truncated ({error})"
        raise ModelError(what, where=name, hint="download the whole file again") from None
    except OSError as error:
        raise ModelError(f"{path.name} cannot be read ({error.strerror})", where=name) from None


class _Reader:
    """A place in the file that moves on as values are read."""

    def __init__(self, data: mmap.mmap) -> None:
        self.data, self.at = data, 4
        self.items_left = _MOST_ITEMS

    def header(self) -> GgufHeader:
        """All of it; raises `ValueError` for what a sound file does not say."""
        version = self.number("I")
        if version not in (2, 3):
            raise ValueError(f"version {version}")
        n_tensors = self._bounded(self.number("Q"), _MOST_TENSORS, "tensors")
        n_keys = self._bounded(self.number("Q"), _MOST_KEYS, "keys")
        values = {self.text(): self.value(self.number("I")) for _ in range(n_keys)}
        tensors, end = {}, 0
        for _ in range(n_tensors):
            key, size, kind, offset = self.tensor()
            tensors[key] = size, kind
            per_block, n_bytes = _TYPES.get(kind, (1, 0))
            end = max(end, offset + size // per_block * n_bytes)
        if self.at + end > len(self.data):
            raise ValueError(f"{len(self.data):,} of {self.at + end:,} bytes")
        return GgufHeader(values, tensors)

    def number(self, kind: str) -> Any:
        """The next number."""
        return self.numbers(kind, 1)[0]

    def numbers(self, kind: str, n: int) -> tuple[Any, ...]:
        """The next `n` numbers of one kind."""
        layout = f"<{n}{kind}"
        values = struct.unpack_from(layout, self.data, self.at)
        self.at += struct.calcsize(layout)
        return values

    def text(self) -> str:
        """The next text."""
        n_bytes = self._bounded(self.number("Q"), len(self.data) - self.at, "bytes of a text")
        self.at += n_bytes
        return self.data[self.at - n_bytes : self.at].decode("utf-8", "replace")

    def value(self, kind: int) -> Any:
        """The next value of that kind."""
        if kind in _NUMBERS:
            return self.number(_NUMBERS[kind])
        if kind == _TEXT:
            return self.text()
        if kind != _LIST:
            raise ValueError(f"a value of kind {kind}")
        return self._list(self.number("I"), self.number("Q"))

    def _list(self, kind: int, n_items: int) -> Any:
        self.items_left -= self._bounded(n_items, self.items_left, "items")
        if kind in _NUMBERS and n_items <= _KEPT_ITEMS:
            return list(self.numbers(_NUMBERS[kind], n_items))
        if kind == _TEXT and n_items <= _KEPT_ITEMS:
            return [self.text() for _ in range(n_items)]
        if kind == _TEXT:
            for _ in range(n_items):
                self.at += 8 + struct.unpack_from("<Q", self.data, self.at)[0]
        elif kind in _NUMBERS:
            self.at += n_items * struct.calcsize(f"<{_NUMBERS[kind]}")
        else:
            raise ValueError("a list of lists")
        return n_items

    def tensor(self) -> tuple[str, int, int, int]:
        """Name, numbers, type and place of the next tensor."""
        name = self.text()
        n_dimensions = self._bounded(self.number("I"), _MOST_DIMENSIONS, "dimensions")
        size = math.prod(self.number("Q") for _ in range(n_dimensions))
        self._bounded(min(size, _LARGEST + 1), _LARGEST, "numbers in a tensor")
        return name, size, self.number("I"), self.number("Q")

    @staticmethod
    def _bounded(number: int, most: int, what: str) -> int:
        if number > most:
            raise ValueError(f"{number:,} {what}")
        return number
