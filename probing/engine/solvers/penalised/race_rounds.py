"""The rounds of a race of strengths: how well each solves, and what lag it takes as certain."""

from __future__ import annotations

from dataclasses import dataclass

import torch

TIE = 1e-6
NEAR = 1e-5  # the relative gain from which a solution is as good as single precision's
ENOUGH, ROUGH = 1e-3, 1e-2  # gains that are taken where more takes long
LOOK = 0.1  # and of a strength that is likely to be far behind, to see whether it is
BEHIND = 0.05  # by what share of the least loss the strength before it then is,
ALIKE = 1.5  # with inner folds of which none has more than this many times the mean loss
# by what share of itself the loss of a rough solution may still fall, or rise: exact ones took 9 %
# off and added 8 % in 1,200 trials, but what fits noise may yet come to fit it far better
FALL, RISE = 0.3, 1.0
UNSURE = 3.0  # how many times the lag of a round is taken where losses are seen to move as much
STALLED = 1e30  # where single precision does not get even there, it says nothing


@dataclass(frozen=True)
class Round:
    """Precision and tolerance of the solutions, and the relative lag that ends a strength's run
    (less of one where the losses of a set are seen to move little).

    A scouting round takes what its precision gives, and stops where the loss keeps rising. Where
    its tolerance would take long, a rough gain is enough, and the lag that of such solutions.
    """

    dtype: torch.dtype
    tolerance: float
    lag: float
    scouting: bool = False


ROUNDS = (
    Round(torch.float32, 1e-5, 0.05, scouting=True),
    Round(torch.float32, 1e-5, 0.05),
    Round(torch.float32, 1e-6, 0.02),
    Round(torch.float32, 1e-8, 0.003),
    Round(torch.float64, 1e-13, TIE),
)
EXACT = ROUNDS[-1:]  # all strengths are solved exactly: nothing is dropped before
