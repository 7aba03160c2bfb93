"""Where each problem of a race stands: at the end of its last solution."""

from __future__ import annotations

import torch
from torch import Tensor

from probing.engine.solvers.penalised.places import Place

_NOWHERE = -1


class Standings:
    """The places of all problems, `n_each` for each of `n_sets` sets, and the strengths there."""

    def __init__(self, n_sets: int, n_each: int, device: torch.device) -> None:
        self._at = torch.full((n_sets,), _NOWHERE, device=device)
        self._each = torch.arange(n_each, device=device)
        self._places: Place | None = None
        self.held_out = torch.zeros(n_sets, n_each, dtype=torch.float64, device=device)

    def of(self, sets: Tensor, at: int) -> Place | None:
        """The place of these sets, if all of them stand at the solution for one strength."""
        if self._places is None or not bool((self._at[sets] == at).all()):
            return None
        return self._places if len(sets) == len(self._at) else self._places.rows(self._rows(sets))

    def move(self, sets: Tensor, at: int, place: Place | None) -> None:
        """These sets now stand there, None for nowhere."""
        self._at[sets] = _NOWHERE if place is None else at
        if place is not None and len(sets) == len(self._at):
            self._places = place
        elif place is not None and self._places is not None:
            self._places.put(self._rows(sets), place)
        else:
            self._at[sets] = _NOWHERE

    def note(self, sets: Tensor, held_out: Tensor) -> None:
        """What the rows that these sets leave out lose there, `[len(sets), n_each]`."""
        self.held_out[sets] = held_out

    def _rows(self, sets: Tensor) -> Tensor:
        return (sets[:, None] * len(self._each) + self._each).flatten()
