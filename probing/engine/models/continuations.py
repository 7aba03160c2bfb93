"""What a model continues texts by, as token ids."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Continuations:
    """The tokens by which each of some texts goes on, in the order of the texts.

    `ids` are those of each, without the token that ends it, `ended` tells which ended before
    they were cut, and `texts` are the tokens as text.
    """

    ids: tuple[tuple[int, ...], ...]
    ended: tuple[bool, ...]
    texts: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def lengths(self) -> list[int]:
        """In tokens, `[n_texts]`."""
        return [len(own) for own in self.ids]

    @cached_property
    def sha256(self) -> str:
        """A digest of the tokens, and of where those of each text end."""
        digest = hashlib.sha256(b"".join(self._array(own) for own in (self.lengths, self._flat)))
        return digest.hexdigest()

    @property
    def _flat(self) -> list[int]:
        return [token for own in self.ids for token in own]

    @staticmethod
    def _array(numbers: Iterable[int]) -> bytes:
        return np.fromiter(numbers, dtype="<i8").tobytes()

    def of(self, places: Sequence[int]) -> Continuations:
        """Those of some of the texts."""
        return Continuations(
            tuple(self.ids[at] for at in places),
            tuple(self.ended[at] for at in places),
            tuple(self.texts[at] for at in places),
        )

    @classmethod
    def joined(cls, parts: Sequence[Continuations]) -> Continuations:
        """Those of several lots of texts."""
        return cls(
            tuple(one for part in parts for one in part.ids),
            tuple(one for part in parts for one in part.ended),
            tuple(one for part in parts for one in part.texts),
        )

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """All of it as arrays, to be kept."""
        said = [text.encode("utf-8", "surrogatepass") for text in self.texts]
        return {
            "ids": np.array(self._flat, dtype=np.int32),
            "lengths": np.array(self.lengths, dtype=np.int64),
            "ended": np.array(self.ended, dtype=np.bool_),
            "texts": np.frombuffer(b"".join(said), dtype=np.uint8),
            "text_lengths": np.array([len(one) for one in said], dtype=np.int64),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Continuations:
        """What `to_arrays` made arrays of."""
        ids, said = arrays["ids"].tolist(), arrays["texts"].tobytes()
        both = [(0, *accumulate(arrays[name].tolist())) for name in ("lengths", "text_lengths")]
        ends, text_ends = both
        return cls(
            tuple(tuple(ids[a:b]) for a, b in pairwise(ends)),
            tuple(bool(one) for one in arrays["ended"].tolist()),
            tuple(said[a:b].decode("utf-8", "surrogatepass") for a, b in pairwise(text_ends)),
        )
