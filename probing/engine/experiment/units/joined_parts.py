"""The features of a pass in the order of its texts, read from the units that workers committed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from probing.engine.experiment.units.text_units import feature_name
from probing.engine.experiment.units.unit_files import Done, UnitFile
from probing.engine.extraction import Staging
from probing.engine.extraction.sinks import Shape
from probing.engine.extraction.token_staging import cuts
from probing.errors import RunError
from probing.spec import PoolerSpec

_PIECE = 2**22  # bytes that are gathered at once
_TEXTS = 256  # that are staged together
Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


class JoinedParts:
    """The units of the texts of a pass, all of which are done.

    `source` `[n_rows]` is the row whose features each row of the dataset has. Raises `RunError`
    where a unit is not there or damaged, which is then to be done again.
    """

    def __init__(self, files: Sequence[UnitFile], source: Ints) -> None:
        self.files, self.source = files, source
        self.done = [_found(file) for file in files]
        self.unit_at, self.place = np.zeros((2, len(source)), np.int64)
        for at, done in enumerate(self.done):
            rows = done.arrays["rows"]
            self.unit_at[rows], self.place[rows] = at, np.arange(len(rows))

    def of(self, pooler_at: int, cell: int) -> JoinedRows | JoinedTokens:
        """The features of a cell, by the place of its pooler in the facts of the units."""
        name = feature_name(pooler_at, cell)
        if f"counts.{pooler_at}" in self.done[0].arrays:
            return JoinedTokens(self, name, f"counts.{pooler_at}")
        return JoinedRows(self, name)

    def part(self, at: int, name: str) -> Floats:
        """The features of a name in the unit `at`, which are checked."""
        array: Floats | None = self.done[at].features(name)
        if array is None:
            self.files[at].remove()
            raise _damaged(self.files[at])
        return array


class _Joined:
    """An array of a cell that is read as it is written; its parts stay open until it goes."""

    def __init__(self, parts: JoinedParts, name: str) -> None:
        self.parts, self.name = parts, name
        self._open: dict[int, Floats] = {}

    def part(self, at: int) -> Floats:
        """Those of the unit `at`."""
        if at not in self._open:
            self._open[at] = self.parts.part(at, self.name)
        return self._open[at]

    def gathered(self, unit_at: Ints, place: Ints) -> Floats:
        """The vectors at some places of units, in that order."""
        made: Floats = np.empty((len(place), *self.part(0).shape[1:]), np.float32)
        for at in np.unique(unit_at).tolist():
            own = unit_at == at
            made[own] = self.part(at)[place[own]]
        return made

    @property
    def dtype(self) -> np.dtype[Any]:
        """float32."""
        return np.dtype(np.float32)


class JoinedRows(_Joined):
    """The features of one cell, `[n_texts, n_samples, d]`."""

    @property
    def shape(self) -> tuple[int, ...]:
        """`(n_texts, n_samples, d)`."""
        return len(self.parts.source), *self.part(0).shape[1:]

    @property
    def nbytes(self) -> int:
        """The bytes of the features of all texts."""
        return int(np.prod(self.shape)) * self.dtype.itemsize

    def some(self, texts: slice) -> Floats:
        """The features of some texts."""
        rows = self.parts.source[texts]
        return self.gathered(self.parts.unit_at[rows], self.parts.place[rows])

    def pieces(self) -> Iterator[Floats]:
        """The features of the texts in order, some at a time."""
        n_texts = len(self.parts.source)
        step = max(1, _PIECE * n_texts // max(1, self.nbytes))
        return (self.some(slice(at, at + step)) for at in range(0, n_texts, step))


class JoinedTokens(_Joined):
    """The tokens of the texts of one cell, `[n_tokens, d]`; `counts` names those of each text."""

    def __init__(self, parts: JoinedParts, name: str, counts: str) -> None:
        super().__init__(parts, name)
        self._counts = counts

    @cached_property
    def _spans(self) -> tuple[Ints, Ints]:
        """Where the tokens of each text begin in its unit, and how many there are, `[n_texts]`."""
        starts, lengths = np.zeros((2, len(self.parts.source)), np.int64)
        for done in self.parts.done:
            rows, counts = done.arrays["rows"], done.arrays[self._counts]
            starts[rows], lengths[rows] = np.cumsum(counts) - counts, counts
        return starts[self.parts.source], lengths[self.parts.source]

    @property
    def lengths(self) -> Ints:
        """The tokens of each text, `[n_texts]`."""
        return self._spans[1]

    @property
    def shape(self) -> tuple[int, ...]:
        """`(n_tokens, d)`, repeated texts counted as often as they come."""
        return int(self.lengths.sum()), self.part(0).shape[-1]

    @property
    def nbytes(self) -> int:
        """The bytes of the tokens of all texts."""
        return self.shape[0] * self.shape[1] * self.dtype.itemsize

    def some(self, texts: slice) -> Floats:
        """The tokens of some texts."""
        starts, lengths = (one[texts] for one in self._spans)
        first = np.repeat(starts - (np.cumsum(lengths) - lengths), lengths)
        units = np.repeat(self.parts.unit_at[self.parts.source[texts]], lengths)
        return self.gathered(units, first + np.arange(int(lengths.sum())))[:, 0]

    def pieces(self) -> Iterator[Floats]:
        """The tokens of the texts in order, some texts at a time."""
        n_bytes = np.cumsum(self.lengths) * self.shape[1] * self.dtype.itemsize
        edges = [0, *cuts(n_bytes).tolist(), len(self.lengths)]
        return (self.some(slice(start, stop)) for start, stop in pairwise(edges))


def stage(staging: Staging, cells: Mapping[PoolerSpec, JoinedRows | JoinedTokens]) -> None:
    """Put the features of cells, a pooler for each, into a staging."""
    n_texts = len(next(iter(cells.values())).parts.source)
    shapes = {spec: Shape(1, *_form(one)) for spec, one in cells.items()}
    staging.begin(n_texts, n_texts, shapes)
    for start in range(0, n_texts, _TEXTS):
        some = slice(start, min(start + _TEXTS, n_texts))
        parts, counts = {}, {}
        for spec, one in cells.items():
            found = one.some(some)
            if isinstance(one, JoinedTokens):
                counts[spec], found = torch.from_numpy(one.lengths[some]), found[:, None]
            parts[spec] = torch.from_numpy(found[None])
        staging.put(np.arange(some.start, some.stop), parts, counts)


def _form(one: JoinedRows | JoinedTokens) -> tuple[int, int, bool]:
    """How many vectors a text or token has, how wide they are, and whether it is tokens."""
    if isinstance(one, JoinedTokens):
        return 1, one.shape[1], True
    return one.shape[1], one.shape[2], False


def _found(file: UnitFile) -> Done:
    done = file.read()
    if done is None:
        raise _damaged(file)
    return done


def _damaged(file: UnitFile) -> RunError:
    what = f"part {file.at} of the texts is gone or damaged"
    return RunError(what, where=str(file.folder), hint="resume the run, which reads it again")
