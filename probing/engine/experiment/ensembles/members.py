"""What a layer gives to an ensemble: the scores of each of its fits, as arrays of its block."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from probing.engine.blocks import FoldFit, TextScores
from probing.engine.experiment.block_fits import CellFit

Turn = tuple[int, int]  # permutation and fold
Numbers = NDArray[np.float64]
Arrays = dict[str, NDArray[np.generic]]


@dataclass(frozen=True)
class Member:
    """A fit of one layer: scores of test texts, and of those that it held out and has seen.

    `gives_probabilities` says that its scores are log odds.
    """

    test: Numbers
    held_out: TextScores | None
    seen: TextScores | None
    gives_probabilities: bool
    n_params: int

    @classmethod
    def of(cls, fit: FoldFit) -> Member:
        """What is kept of a fit."""
        has_shares = fit.probabilities is not None
        return cls(fit.test_scores, fit.held_out, fit.seen, has_shares, fit.n_params)


class Members:
    """Gathers the fits of a block's cells."""

    def __init__(self) -> None:
        self._found: dict[str, dict[Turn, Member]] = {}

    def add(self, one: CellFit, fit: FoldFit) -> None:
        """Take in a fold."""
        turn = one.labelling.permutation, fit.fold
        self._found.setdefault(one.cell.id, {})[turn] = Member.of(fit)

    def arrays(self, cells: Sequence[str]) -> Arrays:
        """The arrays of these cells, from which any process can read them."""
        return {name: array for cell in cells for name, array in self._arrays(cell).items()}

    def _arrays(self, cell: str) -> Arrays:
        arrays: Arrays = {}
        for turn, member in self._found.get(cell, {}).items():
            name = _name(cell, turn)
            arrays[f"{name}.test"] = member.test
            arrays[f"{name}.facts"] = np.array([member.gives_probabilities, member.n_params])
            for part in ("held_out", "seen"):
                if (scores := getattr(member, part)) is not None:
                    arrays[f"{name}.{part}"] = scores.scores
                    arrays[f"{name}.{part}_texts"] = scores.texts
        return arrays


def member_of(arrays: Mapping[str, Any], cell: str, turn: Turn) -> Member | None:
    """A fit of a cell as it was committed; None where it was not."""
    name = _name(cell, turn)
    if f"{name}.test" not in arrays:
        return None
    has_shares, n_params = (int(one) for one in arrays[f"{name}.facts"])
    held_out, seen = (_scores(arrays, f"{name}.{part}") for part in ("held_out", "seen"))
    return Member(np.asarray(arrays[f"{name}.test"]), held_out, seen, bool(has_shares), n_params)


def _scores(arrays: Mapping[str, Any], name: str) -> TextScores | None:
    if name not in arrays:
        return None
    return TextScores(np.asarray(arrays[f"{name}_texts"]), np.asarray(arrays[name]))


def _name(cell: str, turn: Turn) -> str:
    return f"{cell}.member.{turn[0]}.{turn[1]}"
